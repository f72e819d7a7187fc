#pragma once
// XML of restXml bodies and of awsQuery answers; the two differ in the form of their timestamps.
#include "protocol/codec.h"
#include "protocol/constraints.h"

namespace coffer::protocol {

inline constexpr std::string_view kXmlPrologue = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

// XmlWriter appends to a buffer that outlives it.
class XmlWriter {
 public:
  XmlWriter(Bytes& out, TimeForm time) : out_(out), time_(time) {}
  void open(std::string_view name,
            std::string_view xml_namespace = {});  // no attribute where the namespace is empty
  void close(std::string_view name);
  void text(std::string_view name, std::string_view text);  // <name>text</name>
  void members(Shape shape, const void* from);              // the kBody members, present ones only
  void element(std::string_view name, const FieldInfo& field, const void* value);

 private:
  void named(std::string_view name, const FieldInfo& field, const TypeInfo& type,
             const void* value);
  void content(const FieldInfo& field, const TypeInfo& type, const void* value);
  void items(std::string_view name, const FieldInfo& field, const void* list);
  template <class Map>
  void entries(const void* value);

  Bytes& out_;
  TimeForm time_;
};

// decode_xml fills the kBody members of `shape` from a document whose root element is `root`
// (empty: any name). Comments, instructions and namespace prefixes are passed over. A document
// type, an unknown entity, a member twice, a wrong kind, a violated bound or more than 32 levels:
// MalformedXML.
Status decode_xml(ByteView document, std::string_view root, Shape shape, void* into);
Error malformed_xml();

}  // namespace coffer::protocol

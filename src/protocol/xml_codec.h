#pragma once
// XML of restXml bodies and of awsQuery answers. The differences between the two are in XmlForm.
#include "protocol/codec.h"
#include "protocol/constraints.h"

namespace coffer::protocol {

struct XmlForm {
  TimeForm time = TimeForm::kIso8601Ms;
};

inline constexpr std::string_view kXmlPrologue = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

// put_members writes the kBody members as elements; put_element one value under a name.
void put_members(Bytes& out, Shape shape, const void* from, const XmlForm& form);
void put_element(Bytes& out, std::string_view name, const FieldInfo& field, const void* value, const XmlForm& form);
void put_text_element(Bytes& out, std::string_view name, std::string_view text);
// open_tag writes <name xmlns="…">; no attribute where the namespace is empty.
void open_tag(Bytes& out, std::string_view name, std::string_view xml_namespace = {});
void close_tag(Bytes& out, std::string_view name);

// decode_xml fills the kBody members of `shape` from a document whose root element is `root` (empty: any name). Comments,
// instructions and namespace prefixes are passed over. A document type, an unknown entity, a member twice, a wrong kind, a
// violated bound or more than 32 levels: MalformedXML.
Status decode_xml(ByteView document, std::string_view root, Shape shape, void* into);
Error malformed_xml();

}  // namespace coffer::protocol

#pragma once
// CRC-64/NVME, reflected, over whichever instructions the processor has. Registers are raw: start
// at all ones, invert the end. The variants are declared for the test that holds them to each
// other.
#include "base/bytes.h"

namespace coffer::crypto::crc64 {

constexpr uint64_t kPolynomial = 0x9a6c9329ac4bc9b5;  // reflected

uint64_t update(uint64_t crc, ByteView data);  // the best variant here
uint64_t update_tables(uint64_t crc, ByteView data);

bool has_pclmul();
uint64_t update_pclmul(uint64_t crc, ByteView data);  // only where has_pclmul()
bool has_vpclmul();
uint64_t update_vpclmul(uint64_t crc, ByteView data);  // only where has_vpclmul()

}  // namespace coffer::crypto::crc64

#ifndef SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_DOCUMENT_H_
#define SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_DOCUMENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

enum class TipmotoFormat { kJson, kXml, kHtml };

// The format that a path's ending names.
std::optional<TipmotoFormat> TipmotoFormatOf(absl::string_view extension);

std::string ContentTypeOf(TipmotoFormat format);

// The members of the one object or element `tipmoto`; nothing where the text is not such a document
// to the letter. html is a format of answers alone.
std::optional<Params> ParseTipmoto(TipmotoFormat format, absl::string_view text);

// The reverse; html is a line of values with a TAB between them.
std::string WriteTipmoto(TipmotoFormat format, const Pairs& members);
std::string WriteTipmotoError(TipmotoFormat format, const std::string& message);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_DOCUMENT_H_

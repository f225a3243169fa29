#ifndef SESSIONBROKER_SERVICE_LOGIN_XML_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_XML_VALUES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/login/json_values.h"

namespace sessionbroker::login {

// A name in an XML path.
struct XmlName {
  // The namespace; unset: any, and none.
  std::optional<std::string> uri;
  // Without a prefix.
  std::string local;
};

// The way to an element or attribute, from the document.
struct XmlPath {
  struct Step {
    XmlName name;
    // Of the elements of this name beside each other, counted from 1.
    int index = 1;
  };
  // At least one.
  std::vector<Step> steps;
  // Of the last element.
  std::optional<XmlName> attribute;
};

// "/a/b", "/a/b[2]", "/a/@c", "/{http://example.com/ns}a/b": names without prefix, in braces before
// one its namespace. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<XmlPath> ParseXmlPath(absl::string_view text);

// Reads `document` once and returns the values at `paths`, in their order; nullopt where there is
// none. The text of an element is that of all its text and CDATA together; one with elements in it
// is a container. A document type is passed over: no entity but XML's own five is known, nothing is
// loaded. INVALID_ARGUMENT: it is not XML; the text does not cite it.
absl::StatusOr<std::vector<std::optional<JsonValue>>> FindXmlValues(
    absl::string_view document, absl::Span<const XmlPath* const> paths);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_XML_VALUES_H_

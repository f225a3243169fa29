#ifndef SESSIONBROKER_SERVICE_LOGIN_DOCUMENT_WRITER_H_
#define SESSIONBROKER_SERVICE_LOGIN_DOCUMENT_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "service/login/json_template.h"
#include "service/login/template_evaluator.h"
#include "service/login/xml_template.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// Both write by hand what a library could, for one reason: what is written may be a secret, and
// every buffer that has held it is wiped.

// Appends the document: compact, in the definition's order, in UTF-8 without needless escapes.
// INVALID_ARGUMENT names the place below `place`: a value cannot be computed or is not UTF-8.
absl::Status WriteJson(const JsonTemplate& json, const std::string& place,
                       TemplateEvaluator& evaluator, secrets::WipedBytes& out);

// Appends the document: no white space that the definition does not ask for, in UTF-8, values
// escaped. INVALID_ARGUMENT also for a character that XML 1.0 cannot hold.
absl::Status WriteXml(const XmlDocumentTemplate& xml, const std::string& place,
                      TemplateEvaluator& evaluator, secrets::WipedBytes& out);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_DOCUMENT_WRITER_H_

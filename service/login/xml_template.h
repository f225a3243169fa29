#ifndef SESSIONBROKER_SERVICE_LOGIN_XML_TEMPLATE_H_
#define SESSIONBROKER_SERVICE_LOGIN_XML_TEMPLATE_H_

#include <string>
#include <utility>
#include <vector>

#include "service/login/expression/expression.h"

namespace sessionbroker::login {

// An element with templates in it, in the order of the definition.
struct XmlTemplate {
  // With its prefix, where it has one.
  std::string name;
  std::vector<std::pair<std::string, Template>> attributes;
  // Stands before the children.
  Template text;
  std::vector<XmlTemplate> children;
};

// An XML document with templates in it.
struct XmlDocumentTemplate {
  // Of the XML declaration: version, encoding, standalone. Empty: there is none.
  std::vector<std::pair<std::string, Template>> declaration;
  XmlTemplate root;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_XML_TEMPLATE_H_

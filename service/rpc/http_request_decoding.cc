#include "service/rpc/http_request_decoding.h"

#include <vector>

namespace sessionbroker::rpc {
namespace {

std::vector<calls::Parameter> Decode(
    const google::protobuf::RepeatedPtrField<v1::Parameter>& given) {
  std::vector<calls::Parameter> parameters;
  parameters.reserve(given.size());
  for (const v1::Parameter& one : given) parameters.push_back({one.name(), one.value()});
  return parameters;
}

}  // namespace

calls::Request DecodeRequest(const v1::HttpRequest& request) {
  calls::Request decoded;
  decoded.method = request.method();
  decoded.path = request.path();
  decoded.query = Decode(request.query());
  for (const v1::Header& header : request.headers()) {
    decoded.headers.push_back({header.name(), header.value()});
  }
  switch (request.body_case()) {
    case v1::HttpRequest::kRaw:
      decoded.body = calls::RawBody{request.raw()};
      break;
    case v1::HttpRequest::kForm:
      decoded.body = calls::FormBody{Decode(request.form().fields())};
      break;
    case v1::HttpRequest::BODY_NOT_SET:
      break;
  }
  return decoded;
}

}  // namespace sessionbroker::rpc

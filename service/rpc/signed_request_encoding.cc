#include "service/rpc/signed_request_encoding.h"

#include <string>

#include "service/rpc/session_encoding.h"
#include "service/rpc/time_encoding.h"

namespace sessionbroker::rpc {

void EncodeSigned(const calls::SignedRequest& request, v1::SignRequestResponse* out) {
  const http::Request& complete = request.completed.request;
  v1::CompleteRequest* const sent = out->mutable_request();
  sent->set_method(complete.method);
  sent->set_url(complete.url);
  for (const http::Header& header : complete.headers) {
    v1::Header* const one = sent->add_headers();
    one->set_name(header.name);
    one->set_value(header.value);
  }
  sent->set_body(complete.body);
  for (const login::Added& added : request.completed.added) {
    v1::Addition* const one = out->add_added();
    one->set_location(ToWire(added.location));
    one->set_name(std::string(added.param.name()));
    one->set_value(std::string(added.param.value()));
  }
  for (const auto& [sequence, number] : request.numbers) {
    v1::Nonce* const nonce = out->add_nonces();
    nonce->set_sequence(sequence);
    nonce->set_value(number);
  }
  if (request.session == nullptr) return;
  out->set_session_version(request.session->version);
  if (request.session->expire_time.has_value()) {
    EncodeTime(*request.session->expire_time, out->mutable_expire_time());
  }
}

}  // namespace sessionbroker::rpc

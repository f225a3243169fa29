#include "tests/e2e/provider_call.h"

#include <grpcpp/client_context.h>

#include <chrono>

#include "tests/e2e/call.h"

namespace sessionbroker::e2e {

nlohmann::json ProviderAnswer::Json() const {
  return nlohmann::json::parse(response.response().body(), /*cb=*/nullptr,
                               /*allow_exceptions=*/false);
}

std::ostream& operator<<(std::ostream& out, const ProviderAnswer& answer) {
  return out << "code " << answer.status.error_code() << " " << answer.reason << ": "
             << answer.status.error_message() << "; HTTP " << answer.response.response().status()
             << " " << answer.response.response().body();
}

v1::HttpRequest Get(const std::string& path, const Pairs& query) {
  v1::HttpRequest request;
  request.set_method("GET");
  request.set_path(path);
  for (const auto& [name, value] : query) {
    v1::Parameter* const one = request.add_query();
    one->set_name(name);
    one->set_value(value);
  }
  return request;
}

v1::HttpRequest Post(const std::string& path, const Pairs& form) {
  v1::HttpRequest request;
  request.set_method("POST");
  request.set_path(path);
  for (const auto& [name, value] : form) {
    v1::Parameter* const one = request.mutable_form()->add_fields();
    one->set_name(name);
    one->set_value(value);
  }
  return request;
}

ProviderAnswer CallProvider(v1::SessionBroker::Stub* stub, const std::string& provider,
                            const std::string& account, const v1::HttpRequest& request,
                            absl::Duration patience) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience));
  v1::CallProviderRequest call;
  call.set_provider(provider);
  call.set_account(account);
  *call.mutable_request() = request;
  ProviderAnswer answer;
  answer.status = stub->CallProvider(&context, call, &answer.response);
  answer.reason = ReasonOf(answer.status);
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto it = trailers.find("grpc-retry-pushback-ms"); it != trailers.end()) {
    answer.retry_pushback = std::string(it->second.data(), it->second.size());
  }
  return answer;
}

}  // namespace sessionbroker::e2e

#ifndef SESSIONBROKER_TESTS_BENCHMARKS_IDENTITY_H_
#define SESSIONBROKER_TESTS_BENCHMARKS_IDENTITY_H_

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "service/app/grpc_server.h"

namespace sessionbroker::benchmarks {

// How callers are known: "loopback" in plaintext; "certificate" or "token" over TLS.
inline constexpr const char* kIdentities[] = {"loopback", "certificate", "token"};

// What the broker's rules call whoever calls.
inline constexpr const char* kCallers[] = {"loopback", "dns:crm.example", "k8s:prod/crm"};

// Makes what an identity takes, for server and client, and writes it into `directory`.
void WriteMaterial(const std::string& directory);

// A listener on a free port of 127.0.0.1 that knows callers so, by what WriteMaterial has written.
app::GrpcListener ListenerFor(const std::string& identity, const std::string& directory);

// What a client shows.
std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const std::string& identity,
                                                         const std::string& directory);

}  // namespace sessionbroker::benchmarks

#endif  // SESSIONBROKER_TESTS_BENCHMARKS_IDENTITY_H_

#include "service/login/expression/functions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/login/expression/digest_functions.h"
#include "service/login/expression/text_functions.h"
#include "service/login/expression/time_functions.h"

namespace sessionbroker::login {
namespace {

using crypto::DigestAlgorithm;

constexpr Type kText = Type::kText;
constexpr Type kBytes = Type::kBytes;
constexpr Type kInt = Type::kInt;
constexpr Type kBool = Type::kBool;
constexpr Type kTime = Type::kTime;
constexpr Type kDuration = Type::kDuration;

Function DigestRow(const char* name, const char* about, FunctionBody body,
                   std::vector<FunctionExample> examples) {
  return {name,
          {"data"},
          FlowRule::kDigests,
          about,
          {{{kText}, kBytes, body}, {{kBytes}, kBytes, body}},
          std::move(examples)};
}

Function HmacRow(const char* name, const char* about, FunctionBody body,
                 std::vector<FunctionExample> examples) {
  return {name,
          {"key", "message"},
          FlowRule::kDigests,
          about,
          {{{kText, kText}, kBytes, body},
           {{kText, kBytes}, kBytes, body},
           {{kBytes, kText}, kBytes, body},
           {{kBytes, kBytes}, kBytes, body}},
          std::move(examples)};
}

std::vector<Function> MakeFunctions() {
  return {
      DigestRow("md5", "MD5 (RFC 1321), 16 bytes.", DigestOf<DigestAlgorithm::kMd5>,
                {{R"(hex(md5("abc")))", R"("900150983cd24fb0d6963f7d28e17f72")"}}),
      DigestRow("sha1", "SHA-1 (FIPS 180-4), 20 bytes.", DigestOf<DigestAlgorithm::kSha1>,
                {{R"(hex(sha1("abc")))", R"("a9993e364706816aba3e25717850c26c9cd0d89d")"}}),
      DigestRow("sha256", "SHA-256 (FIPS 180-4), 32 bytes.", DigestOf<DigestAlgorithm::kSha256>,
                {{R"(hex(sha256("abc")))",
                  R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"}}),
      DigestRow(
          "sha512", "SHA-512 (FIPS 180-4), 64 bytes.", DigestOf<DigestAlgorithm::kSha512>,
          {{R"(base64(sha512("abc")))",
            R"("3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==")"}}),
      HmacRow("hmac_md5", "HMAC (RFC 2104) with MD5, 16 bytes.", HmacOf<DigestAlgorithm::kMd5>,
              {{R"(hex(hmac_md5("Jefe", "what do ya want for nothing?")))",
                R"("750c783e6ab0b503eaa86e310a5db738")"}}),
      HmacRow("hmac_sha1", "HMAC with SHA-1, 20 bytes.", HmacOf<DigestAlgorithm::kSha1>,
              {{R"(hex(hmac_sha1("Jefe", "what do ya want for nothing?")))",
                R"("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")"}}),
      HmacRow("hmac_sha256", "HMAC with SHA-256, 32 bytes.", HmacOf<DigestAlgorithm::kSha256>,
              {{R"(hex(hmac_sha256("Jefe", "what do ya want for nothing?")))",
                R"("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")"}}),
      HmacRow(
          "hmac_sha512", "HMAC with SHA-512, 64 bytes.", HmacOf<DigestAlgorithm::kSha512>,
          {{R"(base64(hmac_sha512("Jefe", "what do ya want for nothing?")))",
            R"("Fkt6e/z4Gew5XoqR3BYRg+5CoLmUt7WY2Y4aC6YHdFXgPQYI3nLS4RUKZjXuAjGN38qiSq9nk2JyUWXi6jQ3zg==")"}}),

      {"hex",
       {"data"},
       FlowRule::kKeeps,
       "Two lower-case digits a byte; upper-case ones with `upper(hex(…))`.",
       {{{kBytes}, kText, ToHex}},
       {{R"(hex(bytes("žluť")))", R"("c5be6c75c5a5")"},
        {R"(upper(hex(bytes("žluť"))))", R"("C5BE6C75C5A5")"}}},
      {"base64",
       {"data"},
       FlowRule::kKeeps,
       "RFC 4648, section 4: with `+`, `/` and padding, on one line.",
       {{{kBytes}, kText, ToBase64}},
       {{R"(base64(bytes("fo~?")))", R"("Zm9+Pw==")"}}},
      {"base64url",
       {"data"},
       FlowRule::kKeeps,
       "RFC 4648, section 5: with `-` and `_`, without padding.",
       {{{kBytes}, kText, ToBase64Url}},
       {{R"(base64url(bytes("fo~?")))", R"("Zm9-Pw")"}}},

      {"bytes",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in UTF-8.",
       {{{kText}, kBytes, TextToBytes}},
       {{R"(hex(bytes("€")))", R"("e282ac")"}}},
      {"utf8",
       {"data"},
       FlowRule::kKeeps,
       "The text that the bytes are in UTF-8; others are an error.",
       {{{kBytes}, kText, BytesToText}},
       {{R"(utf8(bytes("€")))", R"("€")"}}},
      {"string",
       {"value"},
       FlowRule::kKeeps,
       "An int in decimal; a bool as `true` or `false`.",
       {{{kInt}, kText, IntToText}, {{kBool}, kText, BoolToText}},
       {{R"(string(-42))", R"("-42")"}, {R"(string(1 < 2))", R"("true")"}}},
      {"int",
       {"text"},
       FlowRule::kKeeps,
       "The number that a text writes in decimal: digits, perhaps a `-` before them, nothing else.",
       {{{kText}, kInt, TextToInt}},
       {{R"(int("-042"))", "-42"}}},
      {"upper",
       {"text"},
       FlowRule::kKeeps,
       "With the letters a–z in upper case, all else as it is.",
       {{{kText}, kText, ToUpper}},
       {{R"(upper("žluť 4a"))", R"("žLUť 4A")"}}},
      {"lower",
       {"text"},
       FlowRule::kKeeps,
       "With the letters A–Z in lower case, all else as it is.",
       {{{kText}, kText, ToLower}},
       {{R"(lower("ŽLUŤ 4A"))", R"("ŽluŤ 4a")"}}},

      {"seconds",
       {"count"},
       FlowRule::kKeeps,
       "So long a duration.",
       {{{kInt}, kDuration, SecondsToDuration}},
       {{R"(seconds(90) > seconds(60))", "true"}}},
      {"timestamp",
       {"unix"},
       FlowRule::kKeeps,
       "The time so many seconds after 1970-01-01T00:00:00Z.",
       {{{kInt}, kTime, UnixSecondsToTime}},
       {{R"(timestamp(60) - timestamp(0) == seconds(60))", "true"}}},
      {"unix",
       {"time"},
       FlowRule::kKeeps,
       "Whole seconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixSeconds}},
       {{R"(unix(timestamp(1552989761) + seconds(60)))", "1552989821"}}},
  };
}

}  // namespace

const std::vector<Function>& Functions() {
  static const auto* const functions = new std::vector<Function>(MakeFunctions());
  return *functions;
}

const Function* FindFunction(absl::string_view name) {
  for (const Function& function : Functions()) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

std::string SignatureOf(const Function& function) {
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    std::vector<absl::string_view> types;
    for (const Overload& overload : function.overloads) {
      const absl::string_view type = NameOf(overload.parameters[i]);
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    }
    parameters.push_back(absl::StrCat(function.parameters[i], ": ", absl::StrJoin(types, " or ")));
  }
  return absl::StrCat(function.name, "(", absl::StrJoin(parameters, ", "), ") → ",
                      NameOf(function.overloads.front().result));
}

}  // namespace sessionbroker::login

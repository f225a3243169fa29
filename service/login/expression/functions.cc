#include "service/login/expression/functions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/login/expression/digest_functions.h"
#include "service/login/expression/param_functions.h"
#include "service/login/expression/random_functions.h"
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
constexpr Type kParams = Type::kParams;

template <DigestAlgorithm kAlgorithm>
Function DigestRow(const char* name, const char* about, std::vector<FunctionExample> examples) {
  return {name,
          {"data", "times"},
          FlowRule::kDigests,
          about,
          {{{kText}, kBytes, DigestOf<kAlgorithm>},
           {{kBytes}, kBytes, DigestOf<kAlgorithm>},
           {{kText, kInt}, kBytes, DigestOfDigests<kAlgorithm>, WorkOfRepeatedDigest<kAlgorithm>},
           {{kBytes, kInt}, kBytes, DigestOfDigests<kAlgorithm>, WorkOfRepeatedDigest<kAlgorithm>}},
          std::move(examples)};
}

template <DigestAlgorithm kAlgorithm>
Function HexDigestRow(const char* name, const char* about, std::vector<FunctionExample> examples) {
  return {name,
          {"data", "times"},
          FlowRule::kDigests,
          about,
          {{{kText}, kText, HexDigestOf<kAlgorithm>},
           {{kBytes}, kText, HexDigestOf<kAlgorithm>},
           {{kText, kInt}, kText, HexDigestOf<kAlgorithm>, WorkOfRepeatedDigest<kAlgorithm>},
           {{kBytes, kInt}, kText, HexDigestOf<kAlgorithm>, WorkOfRepeatedDigest<kAlgorithm>}},
          std::move(examples)};
}

template <DigestAlgorithm kAlgorithm>
Function Pbkdf2Row(const char* name, const char* about, std::vector<FunctionExample> examples) {
  Function row = {name,
                  {"password", "salt", "iterations", "length"},
                  FlowRule::kDigests,
                  about,
                  {},
                  std::move(examples)};
  for (const Type password : {kText, kBytes}) {
    for (const Type salt : {kText, kBytes}) {
      row.overloads.push_back(
          {{password, salt, kInt, kInt}, kBytes, Pbkdf2Of<kAlgorithm>, WorkOfPbkdf2<kAlgorithm>});
    }
  }
  return row;
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
      DigestRow<DigestAlgorithm::kMd5>(
          "md5",
          "MD5 (RFC 1321), 16 bytes. With `times`: of that again, and so on; so many in all. So "
          "for each digest here.",
          {{R"(hex(md5("abc")))", R"("900150983cd24fb0d6963f7d28e17f72")"},
           {R"(hex(md5("abc", 1000)))", R"("1375514e02c36aae265b2fe20ccadafb")"}}),
      DigestRow<DigestAlgorithm::kSha1>(
          "sha1", "SHA-1 (FIPS 180-4), 20 bytes.",
          {{R"(hex(sha1("abc")))", R"("a9993e364706816aba3e25717850c26c9cd0d89d")"},
           {R"(hex(sha1("abc", 1000)))", R"("58eedce24ad638f2abf39e4b13d5726802def2c1")"}}),
      DigestRow<DigestAlgorithm::kSha256>(
          "sha256", "SHA-256 (FIPS 180-4), 32 bytes.",
          {{R"(hex(sha256("abc")))",
            R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"},
           {R"(hex(sha256("abc", 1000)))",
            R"("fc8a6b86a13f71cd9a67f558ab6fd82a3dd89186163a017ed8051acf6d3f8f99")"}}),
      DigestRow<DigestAlgorithm::kSha512>(
          "sha512", "SHA-512 (FIPS 180-4), 64 bytes.",
          {{R"(base64(sha512("abc")))",
            R"("3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==")"},
           {R"(base64(sha512("abc", 1000)))",
            R"("rtpro9mCpkawFScHw8MbmFzwcitWpPAC95WTJyuTdkH4uqYQ6INSGviNB2svcf0UrK12ZJFZujkzsAvH9a3heQ==")"}}),
      HexDigestRow<DigestAlgorithm::kMd5>(
          "md5_hex",
          "MD5 in lower-case hex. With `times`: of that text again, and so on; so many in all. So "
          "for each digest here.",
          {{R"(md5_hex("abc", 2) == hex(md5(hex(md5("abc")))))", "true"},
           {R"(md5_hex("abc"))", R"("900150983cd24fb0d6963f7d28e17f72")"},
           {R"(md5_hex("abc", 1000))", R"("2968f4b0e89959305d29d161ecf41519")"}}),
      HexDigestRow<DigestAlgorithm::kSha1>(
          "sha1_hex", "The same with SHA-1.",
          {{R"(sha1_hex("abc", 1000))", R"("00c33af79d49a45f7aac49ef6f354fac1d05cd60")"}}),
      HexDigestRow<DigestAlgorithm::kSha256>(
          "sha256_hex", "The same with SHA-256.",
          {{R"(sha256_hex("abc", 1000))",
            R"("a933137af5731d3425d5119ebcae5f5580730859d8dd751eb9fec030167c92df")"}}),
      HexDigestRow<DigestAlgorithm::kSha512>(
          "sha512_hex", "The same with SHA-512.",
          {{R"(sha512_hex("abc", 1000))",
            R"("c9655e7043a4499f5c4b899b5630fe550b9a7af7e090c65c79f93846c958c11accc23fca8e81ff338675eb13f3afac67e5de69d0e7da6c5654abd441428deb56")"}}),
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
            R"("Fkt6e/z4GeLjlfvnO1bgo4e9ZCIugx/WECcM1+olBVSXWL91wFqZSm0DT2X48Ob9yuqxo01Ka0tjbgcKOLznNw==")"}}),
      Pbkdf2Row<DigestAlgorithm::kSha1>(
          "pbkdf2_sha1",
          "PBKDF2 (RFC 8018) with HMAC-SHA-1: a key of `length` bytes, 16 to 128. Iterations are "
          "limited by the work of an evaluation.",
          {{R"(hex(pbkdf2_sha1("password", "salt", 4096, 20)))",
            R"("4b007901b765489abead49d926f721d065a429c1")"}}),
      Pbkdf2Row<DigestAlgorithm::kSha256>(
          "pbkdf2_sha256", "The same with HMAC-SHA-256.",
          {{R"(hex(pbkdf2_sha256("password", "salt", 4096, 32)))",
            R"("c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a")"}}),
      Pbkdf2Row<DigestAlgorithm::kSha512>(
          "pbkdf2_sha512", "The same with HMAC-SHA-512.",
          {{R"(hex(pbkdf2_sha512("password", from_hex("00ff"), 1000, 16)))",
            R"("d7e801412874953d3f5530ef68a65d97")"}}),

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

      {"from_hex",
       {"text"},
       FlowRule::kKeeps,
       "The bytes that hex digits of either case stand for; anything else is an error.",
       {{{kText}, kBytes, FromHex}},
       {{R"(utf8(from_hex("C5be6c75C5a5")))", R"("žluť")"}}},
      {"from_base64",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text that `base64` could have made; anything else is an error.",
       {{{kText}, kBytes, FromBase64}},
       {{R"(hex(from_base64("//4=")))", R"("fffe")"}}},
      {"from_base64url",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text that `base64url` could have made; anything else is an error.",
       {{{kText}, kBytes, FromBase64Url}},
       {{R"(hex(from_base64url("__4")))", R"("fffe")"}}},
      {"percent",
       {"value"},
       FlowRule::kKeeps,
       "Percent-encoded (RFC 3986): letters, digits, `-`, `.`, `_` and `~` stay as they are. Of "
       "params each name and value.",
       {{{kText}, kText, ToPercent}, {{kParams}, kParams, ParamsToPercent}},
       {{R"(percent("a b+ž/~"))", R"("a%20b%2B%C5%BE%2F~")"},
        {R"(join(percent(param("a b", "1/2")), "=", "&"))", R"("a%20b=1%2F2")"}}},
      {"form",
       {"value"},
       FlowRule::kKeeps,
       "As in a urlencoded form: as `percent`, but a space is `+`, and `~` does not stay.",
       {{{kText}, kText, ToForm}, {{kParams}, kParams, ParamsToForm}},
       {{R"(form("a b+ž/~"))", R"("a+b%2B%C5%BE%2F%7E")"},
        {R"(join(form(param("a b", "1/2")), "=", "&"))", R"("a+b=1%2F2")"}}},
      {"bytes",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in UTF-8.",
       {{{kText}, kBytes, TextToBytes}},
       {{R"(hex(bytes("€")))", R"("e282ac")"}}},
      {"utf16le",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in UTF-16, low byte first, without a byte order mark.",
       {{{kText}, kBytes, TextToUtf16Le}},
       {{R"(hex(utf16le("ž€😀")))", R"("7e01ac203dd800de")"}}},
      {"latin1",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in Latin-1 (ISO 8859-1); a character that it does not have is an "
       "error.",
       {{{kText}, kBytes, TextToLatin1}},
       {{R"(hex(latin1("pä")))", R"("70e4")"}}},
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
      {"substring",
       {"text", "start", "end"},
       FlowRule::kWeakens,
       "The characters from `start`, counted from 0, up to but not including `end`, or to the "
       "last. "
       "Both must lie within the text.",
       {{{kText, kInt}, kText, Substring}, {{kText, kInt, kInt}, kText, Substring}},
       {{R"(substring("tacocat", 4))", R"("cat")"},
        {R"(substring("žluťoučký", 1, 4))", R"("luť")"}}},
      {"replace",
       {"text", "old", "new"},
       FlowRule::kWeakens,
       "With each `old` replaced by `new`, from left to right. `old` must not be empty.",
       {{{kText, kText, kText}, kText, Replace, WorkOfSearch}},
       {{R"(replace("a-b-c", "-", ""))", R"("abc")"}}},
      {"column",
       {"text", "separator", "index"},
       FlowRule::kWeakens,
       "Of the columns that the separator parts the text into, the one of this index, counted from "
       "0. It must be there.",
       {{{kText, kText, kInt}, kText, Column, WorkOfSearch}},
       {{R"(column("id\tkey", "\t", 1))", R"("key")"}}},
      {"group",
       {"text", "size", "separator"},
       FlowRule::kKeepsFirst,
       "With the separator behind each `size` characters, but not at the end.",
       {{{kText, kInt, kText}, kText, Group, WorkOfParting}},
       {{R"(group("0123456789ab", 2, ":"))", R"("01:23:45:67:89:ab")"}}},
      {"size",
       {"value"},
       FlowRule::kWeakens,
       "How many characters a text has, or how many bytes.",
       {{{kText}, kInt, Size}, {{kBytes}, kInt, Size}},
       {{R"(size("žluť"))", "4"}, {R"(size(bytes("žluť")))", "6"}}},

      {"seconds",
       {"count"},
       FlowRule::kKeeps,
       "So long a duration.",
       {{{kInt}, kDuration, SecondsToDuration}},
       {{R"(seconds(90) > seconds(60))", "true"}}},
      {"milliseconds",
       {"count"},
       FlowRule::kWeakens,
       "So long a duration.",
       {{{kInt}, kDuration, MillisecondsToDuration}},
       {{R"(milliseconds(1500) - seconds(1) == milliseconds(500))", "true"}}},
      {"timestamp",
       {"value"},
       FlowRule::kWeakens,
       "The time so many seconds after 1970-01-01T00:00:00Z, or that a text writes as RFC 3339 "
       "does.",
       {{{kInt}, kTime, UnixSecondsToTime}, {{kText}, kTime, Rfc3339ToTime}},
       {{R"(timestamp(60) - timestamp(0) == seconds(60))", "true"},
        {R"(unix(timestamp("2003-12-15T15:43:07.5+01:00")))", "1071499387"}}},
      {"unix",
       {"time"},
       FlowRule::kKeeps,
       "Whole seconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixSeconds}},
       {{R"(unix(timestamp(1552989761) + seconds(60)))", "1552989821"}}},
      {"unix_ms",
       {"time"},
       FlowRule::kKeeps,
       "Whole milliseconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixMilliseconds}},
       {{R"(unix_ms(timestamp(1499827319) + milliseconds(559)))", "1499827319559"}}},
      {"rfc3339",
       {"time"},
       FlowRule::kKeeps,
       "The time in UTC, to the second, rounded down.",
       {{{kTime}, kText, TimeToRfc3339}},
       {{R"(rfc3339(timestamp(1071499387)))", R"("2003-12-15T14:43:07Z")"}}},
      {"format_time",
       {"time", "format"},
       FlowRule::kKeepsTimeOfFormat,
       "The time in UTC, in a [format](#formats-of-time).",
       {{{kTime, kText}, kText, FormatTime}},
       {{R"x(format_time(timestamp(1071499387), "%Y%m%dT%H%M%SZ"))x", R"("20031215T144307Z")"},
        {R"x(format_time(timestamp(0) + milliseconds(1607418537715), "%Y-%m-%dT%H:%M:%E3SZ"))x",
         R"("2020-12-08T09:08:57.715Z")"}}},
      {"parse_time",
       {"text", "format"},
       FlowRule::kWeakens,
       "The time that a text writes in a [format](#formats-of-time), in UTC unless it has a zone.",
       {{{kText, kText}, kTime, ParseTime}},
       {{R"x(unix(parse_time("15 Dec 2003 14:43:07", "%d %b %Y %H:%M:%S")))x", "1071499387"},
        {R"x(unix(parse_time("20031215154307+0100", "%E4Y%m%d%H%M%S%z")))x", "1071499387"}}},

      {"param",
       {"name", "value"},
       FlowRule::kKeepsLast,
       "Params of one pair. More are made with `+`.",
       {{{kText, kText}, kParams, MakeParam}},
       {{R"(join(param("b", "2") + param("a", "1"), "=", "&"))", R"("b=2&a=1")"}}},
      {"value_of",
       {"params", "name"},
       FlowRule::kWeakens,
       "The value of the first pair of this name. It must be there.",
       {{{kParams, kText}, kText, ValueOfParam}},
       {{R"(value_of(param("a", "1") + param("b", "2"), "b"))", R"("2")"}}},
      {"drop",
       {"params", "name"},
       FlowRule::kWeakens,
       "Without the pairs of this name.",
       {{{kParams, kText}, kParams, DropParams}},
       {{R"(join(drop(param("a", "1") + param("b", "2") + param("a", "3"), "a"), "=", "&"))",
         R"("b=2")"}}},
      {"drop_empty",
       {"params"},
       FlowRule::kKeeps,
       "Without the pairs whose value is empty.",
       {{{kParams}, kParams, DropEmptyParams}},
       {{R"(join(drop_empty(param("a", "") + param("b", "2")), "=", "&"))", R"("b=2")"}}},
      {"sort_by_name",
       {"params"},
       FlowRule::kKeeps,
       "In the order of the names' code points; pairs of one name stay in theirs.",
       {{{kParams}, kParams, SortParamsByName}},
       {{R"(join(sort_by_name(param("b", "1") + param("a", "3") + param("a", "2")), "", ""))",
         R"("a3a2b1")"}}},
      {"sort_by_name_and_value",
       {"params"},
       FlowRule::kKeeps,
       "In the order of the names' code points, pairs of one name in that of their values'.",
       {{{kParams}, kParams, SortParamsByNameAndValue}},
       {{R"(join(sort_by_name_and_value(param("b", "1") + param("a", "3") + param("a", "2")), "", ""))",
         R"("a2a3b1")"}}},
      {"join",
       {"params", "within", "between"},
       FlowRule::kKeepsFirst,
       "Each pair as its name, `within`, its value; with `between` between the pairs. Nothing is "
       "encoded.",
       {{{kParams, kText, kText}, kText, JoinParams}},
       {{R"(join(param("a", "1 2") + param("b", ""), "=", "&"))", R"("a=1 2&b=")"}}},
      {"join_values",
       {"params", "between"},
       FlowRule::kKeepsFirst,
       "The values alone, with `between` between them.",
       {{{kParams, kText}, kText, JoinParamValues}},
       {{R"(join_values(param("a", "1") + param("b", "2"), ","))", R"("1,2")"}}},

      {"random_bytes",
       {"size"},
       FlowRule::kGenerates,
       "Random bytes, 8 to 256 of them, other ones each time.",
       {{{kInt}, kBytes, nullptr, nullptr, RandomBytes}},
       {{R"(size(random_bytes(16)))", "16"}, {R"(random_bytes(16) == random_bytes(16))", "false"}}},
      {"random_text",
       {"alphabet", "size"},
       FlowRule::kGenerates,
       "Random text of 8 to 256 characters, each as likely as the others; the alphabet has at "
       "least 10, none of them twice.",
       {{{kText, kInt}, kText, nullptr, nullptr, RandomText}},
       {{R"(int(random_text("0123456789", 9)) < 1000000000)", "true"}}},
      {"random_uuid",
       {},
       FlowRule::kGenerates,
       "A random UUID (RFC 9562, version 4).",
       {{{}, kText, nullptr, nullptr, RandomUuid}},
       {{R"(substring(random_uuid(), 14, 15))", R"("4")"}}},
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

absl::Status ChargeFor(const Value& value, Evaluation& evaluation) {
  const std::size_t size = value.size_in_bytes();
  if (size > kMaxValueSizeInBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("a value has at most ", kMaxValueSizeInBytes, " bytes, this has ", size));
  }
  int64_t work = static_cast<int64_t>(size);
  if (value.type() == Type::kParams) {
    work += kWorkOfParam * static_cast<int64_t>(value.params().size());
  }
  return evaluation.Charge(work);
}

absl::StatusOr<Value> Call(const Overload& overload, absl::Span<const Value> arguments,
                           Evaluation& evaluation) {
  for (const Value& argument : arguments) SB_RETURN_IF_ERROR(ChargeFor(argument, evaluation));
  if (overload.work != nullptr) SB_RETURN_IF_ERROR(evaluation.Charge(overload.work(arguments)));
  absl::StatusOr<Value> value = overload.random_body != nullptr
                                    ? overload.random_body(arguments, evaluation.random())
                                    : overload.body(arguments);
  if (value.ok()) SB_RETURN_IF_ERROR(ChargeFor(*value, evaluation));
  return value;
}

std::string SignatureOf(const Function& function) {
  std::size_t required = function.parameters.size();
  for (const Overload& overload : function.overloads) {
    required = std::min(required, overload.parameters.size());
  }
  std::string signature = absl::StrCat(function.name, "(");
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    std::vector<absl::string_view> types;
    for (const Overload& overload : function.overloads) {
      if (i >= overload.parameters.size()) continue;
      const absl::string_view type = NameOf(overload.parameters[i]);
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    }
    absl::StrAppend(&signature, i == required ? "[" : "", i > 0 ? ", " : "", function.parameters[i],
                    ": ", absl::StrJoin(types, " or "));
  }
  std::vector<absl::string_view> results;
  for (const Overload& overload : function.overloads) {
    const absl::string_view type = NameOf(overload.result);
    if (std::find(results.begin(), results.end(), type) == results.end()) results.push_back(type);
  }
  absl::StrAppend(&signature, required < function.parameters.size() ? "]" : "", ") → ",
                  absl::StrJoin(results, " or "));
  return signature;
}

}  // namespace sessionbroker::login

#include "service/login/expression/flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/login/expression/functions.h"
#include "service/login/expression/taint.h"
#include "tests/login/expression/expression_testing.h"

namespace sessionbroker::login {
namespace {

constexpr Taint kEveryTaint[] = {Taint::kConstant, Taint::kFresh, Taint::kSealed, Taint::kRaw};

TEST(TaintTest, JoinTakesTheHigher) {
  for (const Taint a : kEveryTaint) {
    for (const Taint b : kEveryTaint) EXPECT_EQ(Join(a, b), a < b ? b : a);
  }
}

TEST(TaintTest, DigestsSealWhatIsRawWithSomethingFresh) {
  const struct {
    Taint a;
    Taint b;
    Taint digest;
  } cases[] = {
      {Taint::kConstant, Taint::kConstant, Taint::kConstant},
      {Taint::kConstant, Taint::kFresh, Taint::kFresh},
      {Taint::kConstant, Taint::kSealed, Taint::kSealed},
      {Taint::kConstant, Taint::kRaw, Taint::kRaw},
      {Taint::kFresh, Taint::kFresh, Taint::kFresh},
      {Taint::kFresh, Taint::kSealed, Taint::kSealed},
      {Taint::kFresh, Taint::kRaw, Taint::kSealed},
      {Taint::kSealed, Taint::kSealed, Taint::kSealed},
      {Taint::kSealed, Taint::kRaw, Taint::kRaw},
      {Taint::kRaw, Taint::kRaw, Taint::kRaw},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(JoinDigest(c.a, c.b), c.digest) << NameOf(c.a) << " and " << NameOf(c.b);
    EXPECT_EQ(JoinDigest(c.b, c.a), c.digest) << NameOf(c.b) << " and " << NameOf(c.a);
  }
}

TEST(FlowTest, ExpressionsHaveTheTaintOfTheirParts) {
  const struct {
    const char* text;
    const char* taint;
  } cases[] = {
      // What a definition is made of.
      {"\"a\"", "constant"},
      {"1 + 2", "constant"},
      {"account.login", "constant"},
      {"hex(md5(account.login))", "constant"},
      {"token", "fresh"},
      {"token + account.login", "fresh"},
      {"hex(md5(token))", "fresh"},
      {"secret.key", "raw"},
      {"hex(md5(token + secret.key))", "sealed"},
      {"hex(md5(secret.key))", "raw"},
      {"hex(sha512(account.login + hex(sha512(secret.key)) + token))", "sealed"},
      {"hex(sha512(account.login + hex(sha512(secret.key))))", "raw"},
      {"upper(hex(hmac_sha256(secret.key, string(fresh_int) + account.login)))", "sealed"},
      {"hmac_sha256(secret.key, account.login)", "raw"},
      {"hmac_sha256(secret.key, secret.key)", "raw"},
      {"hmac_sha256(token, account.login)", "fresh"},
      {"hmac_sha256(account.login, \"a\")", "constant"},
      {"hmac_sha256(token, secret.key)", "sealed"},
      {"hmac_sha256(hmac_sha256(secret.key, token), account.login)", "sealed"},
      {"hmac_sha256(hmac_sha256(secret.key, account.login), token)", "sealed"},
      {"base64(sha1(token + rfc3339(fresh_time) + secret.key))", "sealed"},
      {"md5(secret.key + rfc3339(fresh_time))", "sealed"},
      {"md5(secret.key + string(unix_ms(fresh_time)))", "sealed"},

      // What is joined has the highest of all.
      {"secret.key + token", "raw"},
      {"hex(md5(token + secret.key)) + secret.key", "raw"},
      {"hex(md5(token + secret.key)) + token", "sealed"},
      {"hex(md5(token + secret.key)) + account.login", "sealed"},
      {"sealed_text + fresh_text", "sealed"},
      {"sealed_int + 1", "sealed"},
      {"-raw_int", "raw"},
      {"fresh_time + raw_duration", "raw"},

      // A digest over something sealed is sealed, whatever else is in it...
      {"md5(md5(token + secret.key))", "sealed"},
      {"md5(hex(md5(token + secret.key)) + account.login)", "sealed"},
      {"md5(hex(md5(token + secret.key)) + secret.key)", "sealed"},
      {"md5(sealed_text)", "sealed"},
      // ... unless there is a secret too, and nothing known to be fresh.
      {"md5(sealed_text + secret.key)", "raw"},
      {"md5(substring(hex(md5(token + secret.key)), 0, 1) + secret.key)", "raw"},

      // Conditions and comparisons tell what they look at.
      {"secret.key == \"a\"", "raw"},
      {"secret.key < token", "raw"},
      {"!(secret.key == \"a\")", "raw"},
      {"fresh_bool && secret.key == \"a\"", "raw"},
      {"secret.key == \"a\" || true", "raw"},
      {"secret.key == \"a\" ? \"b\" : \"c\"", "raw"},
      {"secret.key < \"n\" ? 0 : 1", "raw"},
      {"fresh_bool ? secret.key : token", "raw"},
      {"fresh_bool ? token : secret.key", "raw"},
      {"sealed_text == token", "sealed"},
      {"sealed_bool ? 1 : 2", "sealed"},
      {"fresh_bool ? sealed_text : token", "sealed"},
      {"fresh_bool ? 1 : 2", "fresh"},
      {"token == \"a\"", "fresh"},
      {"has(optional_text)", "fresh"},
      {"has(optional_text) ? \"a\" : \"b\"", "fresh"},
      {"account.login == \"a\"", "constant"},

      // A part of a secret is one, and so is its length.
      {"substring(secret.key, 0, 1)", "raw"},
      {"substring(token, size(secret.key))", "raw"},
      {"substring(\"0123456789\", raw_int, raw_int)", "raw"},
      {"replace(token, \"a\", secret.key)", "raw"},
      {"column(secret.key, \":\", 0)", "raw"},
      {"size(secret.key)", "raw"},
      {"size(md5(secret.key))", "raw"},
      {"string(secret.key == \"a\")", "raw"},

      // What looks fresh and is not enough to seal.
      {"sha256(secret.key + string(has(optional_text)))", "raw"},
      {"sha256(secret.key + string(token == token))", "raw"},
      {"sha256(secret.key + string(fresh_bool))", "raw"},
      {"sha256(secret.key + string(!fresh_bool))", "raw"},
      {"sha256(secret.key + string(fresh_bool && true))", "raw"},
      {"sha256(secret.key + (token == \"\" ? \"a\" : \"b\"))", "raw"},
      {"sha256(secret.key + string(token == \"\" ? 0 : 1))", "raw"},
      {"sha256(secret.key + rfc3339(fresh_bool ? timestamp(0) : timestamp(1)))", "raw"},
      {"sha256(secret.key + (fresh_bool ? token : \"\"))", "raw"},
      {"sha256(secret.key + (has(optional_text) ? optional_text : \"\"))", "raw"},
      {"sha256(fresh_bool ? secret.key + token : secret.key)", "raw"},
      {"sha256(secret.key + substring(token, 0, 0))", "raw"},
      {"sha256(secret.key + substring(token, 0))", "raw"},
      {"sha256(secret.key + replace(token, token, \"\"))", "raw"},
      {"sha256(secret.key + replace(\"a\", \"b\", token))", "raw"},
      {"sha256(secret.key + column(token, \"-\", 0))", "raw"},
      {"sha256(secret.key + column(\"a\", token, 0))", "raw"},
      {"sha256(secret.key + string(size(token)))", "raw"},
      {"sha256(substring(secret.key + token, 0, 4))", "raw"},
      {"sha256(substring(hex(sha256(secret.key)) + token, 0, 64))", "raw"},
      {"sha256(secret.key + string(fresh_int - fresh_int))", "raw"},
      {"sha256(secret.key + string(fresh_int + (0 - fresh_int)))", "raw"},
      {"sha256(secret.key + string(fresh_int + -fresh_int))", "raw"},
      {"sha256(secret.key + string(fresh_int - 1 - fresh_int))", "raw"},
      {"sha256(secret.key + string(fresh_int - raw_int))", "raw"},
      {"sha256(secret.key + rfc3339(fresh_time - fresh_duration))", "raw"},
      {"sha256(secret.key + rfc3339(timestamp(0) + (fresh_time - fresh_time)))", "raw"},
      // Rounding, again and again, would leave nothing.
      {"sha256(secret.key + string(unix(timestamp(0) + milliseconds(fresh_int))))", "raw"},
      {"sha256(secret.key + "
       "string(unix(timestamp(\"1970-01-01T00:00:00.\" + string(fresh_int) + \"Z\"))))",
       "raw"},
      // In front of the digest, not in it.
      {"token + hex(sha256(secret.key))", "raw"},
      {"hmac_sha256(secret.key, \"a\") + bytes(token)", "raw"},
      {"fresh_bool ? sha256(secret.key) : sha256(token)", "raw"},
      // Sealed in one case, raw in the other.
      {"fresh_bool ? hex(sha256(secret.key + token)) : hex(sha256(secret.key))", "raw"},

      // What is fresh enough.
      {"sha256(secret.key + lower(token))", "sealed"},
      {"sha256(secret.key + string(fresh_int))", "sealed"},
      {"sha256(secret.key + string(fresh_int + 1))", "sealed"},
      {"sha256(secret.key + string(1 - fresh_int))", "sealed"},
      {"sha256(secret.key + string(-fresh_int))", "sealed"},
      {"sha256(secret.key + string(fresh_int + constant_int))", "sealed"},
      {"sha256(secret.key + string(int(token)))", "sealed"},
      {"sha256(secret.key + rfc3339(fresh_time + seconds(30)))", "sealed"},
      {"sha256(secret.key + rfc3339(constant_time + fresh_duration))", "sealed"},
      {"sha256(secret.key + rfc3339(timestamp(0) + seconds(fresh_int)))", "sealed"},
      {"sha256(secret.key + (fresh_bool ? token : fresh_text))", "sealed"},
      {"sha256(secret.key + (secret.key == \"a\" ? token : fresh_text))", "sealed"},
      {"sha256(secret.key + (fresh_bool ? \"a\" : \"b\") + token)", "sealed"},
      {"sha256(secret.key + hex(sha256(token)))", "sealed"},
      {"sha256(substring(secret.key, 0, 1) + token)", "sealed"},
      {"sha256(from_base64(token) + bytes(secret.key))", "sealed"},

      // How often and how long is beside a digest: who knows one knows the next.
      {"sha256(secret.key, fresh_int)", "raw"},
      {"sha256_hex(secret.key, fresh_int)", "raw"},
      {"sha256(secret.key + token, 1000)", "sealed"},
      {"sha256(token, raw_int)", "raw"},
      {"sha256(secret.key + token, raw_int)", "raw"},
      {"sha256(token, sealed_int)", "sealed"},
      {"sha256(account.login, fresh_int)", "fresh"},
      {"sha256(secret.key + sha256_hex(account.login, fresh_int))", "raw"},
      {"sha256_hex(secret.key, 1000)", "raw"},
      {"md5_hex(secret.key + token)", "sealed"},
      {"pbkdf2_sha1(secret.key, account.login, 1000, 16)", "raw"},
      {"pbkdf2_sha1(secret.key, account.login, fresh_int, 16)", "raw"},
      {"pbkdf2_sha1(secret.key, account.login, 1000, fresh_int)", "raw"},
      {"pbkdf2_sha256(secret.key, token, 1000, 32)", "sealed"},
      {"pbkdf2_sha512(token, secret.key, fresh_int, 32)", "sealed"},
      {"pbkdf2_sha512(token, account.login, raw_int, 32)", "raw"},
      {"hmac_sha256(pbkdf2_sha256(secret.key, account.login, 1000, 32), token)", "sealed"},

      // Random is fresh.
      {"random_bytes(16)", "fresh"},
      {"random_uuid()", "fresh"},
      {"random_text(secret.key, 16)", "raw"},
      {"random_bytes(raw_int)", "raw"},
      {"sha256(secret.key + random_uuid())", "sealed"},
      {"sha256(secret.key + hex(random_bytes(8)))", "sealed"},
      {"sha256(secret.key + random_text(account.login, 8))", "sealed"},
      {"sha256(secret.key + (fresh_bool ? random_uuid() : \"\"))", "raw"},
      {"sha256(secret.key + substring(random_uuid(), 14, 15))", "raw"},

      // A format keeps what it tells.
      {"sha256(secret.key + format_time(fresh_time, \"%s\"))", "sealed"},
      {"sha256(secret.key + format_time(fresh_time, \"%Y-%m-%dT%H:%M:%SZ\"))", "sealed"},
      {"sha256(secret.key + format_time(fresh_time, \"%a, %d %b %Y %T GMT\"))", "sealed"},
      {"sha256(secret.key + format_time(fresh_time, \"%F %R:%E3S\"))", "sealed"},
      {"sha256(secret.key + format_time(fresh_time, \"\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, \"%T\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, \"%Y%m%d\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, \"%F %R\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, \"%F %R %%S\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, \"%F %I:%M:%S\"))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, account.login))", "raw"},
      {"sha256(secret.key + format_time(fresh_time, token))", "raw"},
      {"sha256(secret.key + string(unix(parse_time(token, \"%s\"))))", "raw"},

      // Params have the grade of the worst in them; what names and separators bring may get lost.
      {"param(\"a\", account.login)", "constant"},
      {"param(\"a\", token) + param(\"b\", account.login)", "fresh"},
      {"param(\"a\", token) + param(\"b\", secret.key)", "raw"},
      {"param(secret.key, token)", "raw"},
      {"drop(param(\"a\", secret.key), \"a\")", "raw"},
      {"drop_empty(param(\"a\", secret.key))", "raw"},
      {"value_of(param(\"a\", token) + param(\"b\", secret.key), \"a\")", "raw"},
      {"param(\"a\", secret.key) == fresh_params", "raw"},
      {"md5(join(sort_by_name(fresh_params + param(\"key\", secret.key)), \"=\", \"&\"))",
       "sealed"},
      {"md5(join(drop_empty(param(\"a\", token)), \"\", \"\") + secret.key)", "sealed"},
      {"md5(join_values(percent(param(\"a\", token)), \",\") + secret.key)", "sealed"},
      {"md5(join(param(token, \"a\"), \"\", \"\") + secret.key)", "raw"},
      {"md5(join(drop(param(\"a\", token), \"b\"), \"\", \"\") + secret.key)", "raw"},
      {"md5(join(drop(constant_params, token), \"\", \"\") + secret.key)", "raw"},
      {"md5(join(constant_params, token, token) + secret.key)", "raw"},
      {"md5(join_values(constant_params, token) + secret.key)", "raw"},
      {"md5(value_of(fresh_params, \"a\") + secret.key)", "raw"},
      {"md5(group(token, 2, \":\") + secret.key)", "sealed"},
      {"md5(group(account.login, fresh_int, token) + secret.key)", "raw"},
  };
  for (const auto& c : cases) EXPECT_EQ(TaintOf(c.text), c.taint) << c.text;
}

// `name_type` of this type in this taint.
std::string NameFor(absl::string_view taint, Type type) {
  return absl::StrCat(taint, "_", NameOf(type));
}

// Something of type text that has `expression`, of this type, in it whole; "" if nothing has.
std::string AsText(const std::string& expression, Type type) {
  switch (type) {
    case Type::kText:
      return expression;
    case Type::kBytes:
      return absl::StrCat("hex(", expression, ")");
    case Type::kInt:
    case Type::kBool:
      return absl::StrCat("string(", expression, ")");
    case Type::kTime:
      return absl::StrCat("rfc3339(", expression, ")");
    case Type::kDuration:
      return absl::StrCat("rfc3339(timestamp(0) + (", expression, "))");
    case Type::kParams:
      return absl::StrCat("join(", expression, ", \"=\", \"&\")");
  }
  return "";
}

// Calls `check` with each overload of each function in which the argument at one place has one
// taint and all others have another: the call, the function, the overload, the place.
template <typename Check>
void ForEachCall(absl::string_view one, absl::string_view others, Check check) {
  for (const Function& function : Functions()) {
    for (const Overload& overload : function.overloads) {
      for (std::size_t place = 0; place < overload.parameters.size(); ++place) {
        std::string call = absl::StrCat(function.name, "(");
        for (std::size_t i = 0; i < overload.parameters.size(); ++i) {
          absl::StrAppend(&call, i > 0 ? ", " : "",
                          NameFor(i == place ? one : others, overload.parameters[i]));
        }
        check(call + ")", function, overload, place);
      }
    }
  }
}

TEST(SmugglingTest, NoFunctionMakesASecretLessOfOne) {
  int count = 0;
  // No function is excepted, not even those that give a length or a bool: `has` is the only way to
  // ask something of a value and have the answer count as no part of it.
  const auto each_is = [&count](absl::string_view taint) {
    return [&count, taint](const std::string& call, const Function&, const Overload& overload,
                           std::size_t) {
      // Nothing but the one argument: there are no others that could have their taint.
      if (absl::StrContains(call, "(constant_") && overload.parameters.size() == 1) return;
      EXPECT_EQ(TaintOf(call), taint) << call;
      ++count;
    };
  };
  ForEachCall("raw", "constant", each_is("raw"));
  ForEachCall("constant", "raw", each_is("raw"));
  ForEachCall("sealed", "constant", each_is("sealed"));
  ForEachCall("sealed", "fresh", each_is("sealed"));
  ForEachCall("raw", "sealed", each_is("raw"));
  EXPECT_GT(count, 400);
}

bool Digests(const Function& function, Type type) {
  return function.flow == FlowRule::kDigests && type != Type::kInt;
}

TEST(SmugglingTest, OnlyDigestsSeal) {
  int sealed_count = 0;
  ForEachCall("raw", "fresh",
              [&sealed_count](const std::string& call, const Function& function,
                              const Overload& overload, std::size_t place) {
                // The secret is in what is digested, and so is something else.
                bool sealed = false;
                for (std::size_t i = 0; i < overload.parameters.size(); ++i) {
                  sealed = sealed || (i != place && Digests(function, overload.parameters[i]));
                }
                sealed = sealed && Digests(function, overload.parameters[place]);
                EXPECT_EQ(TaintOf(call), sealed ? "sealed" : "raw") << call;
                sealed_count += sealed ? 1 : 0;
              });
  EXPECT_GT(sealed_count, 40);
}

TEST(SmugglingTest, OnlyWhatKeepsFreshnessSealsADigest) {
  ForEachCall("fresh", "constant",
              [](const std::string& call, const Function& function, const Overload& overload,
                 std::size_t place) {
                EXPECT_EQ(TaintOf(call), "fresh") << call;
                bool keeps = overload.parameters[place] != Type::kBool;
                switch (function.flow) {
                  case FlowRule::kKeeps:
                    break;
                  case FlowRule::kKeepsFirst:
                    keeps = place == 0;
                    break;
                  case FlowRule::kKeepsLast:
                    keeps = place + 1 == overload.parameters.size();
                    break;
                  case FlowRule::kKeepsTimeOfFormat:  // The format is no literal here.
                  case FlowRule::kWeakens:
                    keeps = false;
                    break;
                  case FlowRule::kDigests:
                    keeps = Digests(function, overload.parameters[place]);
                    break;
                  case FlowRule::kGenerates:
                    keeps = true;
                    break;
                }
                const std::string digest =
                    absl::StrCat("sha256(secret.key + ", AsText(call, overload.result), ")");
                EXPECT_EQ(TaintOf(digest), keeps ? "sealed" : "raw") << digest;
              });
}

TEST(SmugglingTest, NoOperatorMakesASecretLessOfOne) {
  const Type types[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                        Type::kTime, Type::kDuration, Type::kParams};
  int count = 0;
  for (const char* secret : {"raw", "sealed"}) {
    for (const char* other : {"constant", "fresh"}) {
      for (const Type left : types) {
        for (const Type right : types) {
          for (const char* op : {"+", "-", "==", "!=", "<", "<=", ">", ">=", "&&", "||"}) {
            for (const bool secret_is_left : {true, false}) {
              const std::string text =
                  absl::StrCat(NameFor(secret_is_left ? secret : other, left), " ", op, " ",
                               NameFor(secret_is_left ? other : secret, right));
              if (!ErrorsOf(text).empty()) continue;
              EXPECT_EQ(TaintOf(text), secret) << text;
              ++count;
            }
          }
        }
        // A choice tells each of its three parts.
        const std::string s = NameFor(secret, left);
        const std::string o = NameFor(other, left);
        EXPECT_EQ(TaintOf(absl::StrCat(secret, "_bool ? ", o, " : ", o)), secret);
        EXPECT_EQ(TaintOf(absl::StrCat("fresh_bool ? ", s, " : ", o)), secret);
        EXPECT_EQ(TaintOf(absl::StrCat("fresh_bool ? ", o, " : ", s)), secret);
      }
    }
  }
  EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace sessionbroker::login

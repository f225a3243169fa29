// The digests of real protocols, written as a definition would write them: the values that
// tests/fixtures/protocol-vectors.json has for them, published or computed by other software.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/login/expression/expression.h"
#include "tests/login/expression/expression_testing.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

struct Case {
  const char* id;
  // Inputs that this one takes from another.
  const char* based_on;
  const char* expression;
  const char* taint;
};

const Case kVectorCases[] = {
    {"vtiger-accesskey", "", "hex(md5(token + accesskey))", "sealed"},
    {"tipmoto-hex", "", "hex(sha512(login + hex(sha512(password)) + hashkey))", "sealed"},
    {"icash-1552989761", "", "upper(hex(hmac_sha256(secret_key, nonce + WareHouseID + api_key)))",
     "sealed"},
    {"icash-1552990302", "", "upper(hex(hmac_sha256(secret_key, nonce + WareHouseID + api_key)))",
     "sealed"},
    {"dahua-rpc2", "",
     "upper(hex(md5(user + ':' + random + ':' + upper(hex(md5(user + ':' + realm + ':' + "
     "password))))))",
     "sealed"},
    {"hnap-privatekey", "", "upper(hex(hmac_md5(publickey + password, challenge)))", "sealed"},
    {"hnap-loginpassword", "",
     "upper(hex(hmac_md5(upper(hex(hmac_md5(publickey + password, challenge))), challenge)))",
     "sealed"},
    {"hnap-auth-header", "",
     "upper(hex(hmac_md5(upper(hex(hmac_md5(publickey + password, challenge))), "
     "timestamp + soapaction))) + ' ' + timestamp",
     "sealed"},
    {"loxone-sha1", "",
     "hex(hmac_sha1(from_hex(key_hex), user + ':' + upper(hex(sha1(password + ':' + salt)))))",
     "sealed"},
    {"loxone-sha256", "",
     "hashAlg == 'sha256' ? hex(hmac_sha256(from_hex(key_hex), user + ':' + "
     "upper(hex(sha256(password + ':' + salt))))) : hex(hmac_sha1(from_hex(key_hex), user + ':' + "
     "upper(hex(sha1(password + ':' + salt)))))",
     "sealed"},
    {"shelly-gen2", "",
     "hex(sha256(hex(sha256('admin:' + realm + ':' + password)) + ':' + nonce + ':' + string(nc) + "
     "':' + cnonce + ':auth:' + hex(sha256('dummy_method:dummy_uri'))))",
     "sealed"},
    {"sagemcom-login", "",
     "hex(md5(hex(md5(user + ':' + server_nonce + ':' + hex(md5(password)))) + ':' + string(id) + "
     "':' + string(cnonce) + ':JSON:/cgi/json-req'))",
     "sealed"},
    {"sagemcom-next", "sagemcom-login",
     "hex(md5(hex(md5(user + ':' + server_nonce + ':' + hex(md5(password)))) + ':' + string(id) + "
     "':' + string(cnonce) + ':JSON:/cgi/json-req'))",
     "sealed"},
    {"sercomm-challenge", "", "hex(sha256(password + challenge))", "sealed"},
    {"sercomm-encryptionkey", "",
     "hex(hmac_sha256(encryption_key, hex(hmac_sha256('$1$SERCOMM$', password))))", "sealed"},
    {"sercomm-encryptionkey", "",
     "hex(hmac_sha256(latin1(encryption_key), hex(hmac_sha256('$1$SERCOMM$', latin1(password)))))",
     "sealed"},
    {"growatt", "", "replace(replace(':' + group(md5_hex(password), 2, ':'), ':0', ':c'), ':', '')",
     "raw"},
    {"suitecrm-md5", "", "hex(md5(password))", "raw"},
    {"lastfm-authtoken", "", "hex(md5(username + hex(md5(password))))", "sealed"},
    {"lastfm-apisig", "",
     "hex(md5('api_key' + api_key + 'authToken' + authToken + 'method' + method + 'username' + "
     "username + secret))",
     "sealed"},
    {"lastfm-apisig", "",
     "hex(md5(join(sort_by_name(param('method', method) + param('username', username) + "
     "param('authToken', authToken) + param('api_key', api_key)), '', '') + secret))",
     "sealed"},
    {"subsonic", "", "hex(md5(password + salt))", "sealed"},
    {"realitymix", "", "hex(md5(hex(md5(password)) + hashkey))", "sealed"},
    {"ucm-token", "", "hex(md5(challenge + password))", "sealed"},
    {"bitstamp-v1", "", "upper(hex(hmac_sha256(secret, nonce + customer_id + api_key)))", "sealed"},
    {"binance", "", "hex(hmac_sha256(secret, query))", "sealed"},
    {"coinbase", "", "base64(hmac_sha256(from_base64(secret_b64), prehash))", "sealed"},
    {"withings-getnonce", "",
     "hex(hmac_sha256(client_secret, 'getnonce,' + client_id + ',' + timestamp))", "sealed"},
    {"withings-signed", "withings-getnonce",
     "hex(hmac_sha256(client_secret, action + ',' + client_id + ',' + nonce))", "sealed"},
    {"withings-getnonce", "",
     "hex(hmac_sha256(client_secret, join_values(sort_by_name(param('timestamp', timestamp) + "
     "param('client_id', client_id) + param('action', 'getnonce')), ',')))",
     "sealed"},
    {"withings-signed", "withings-getnonce",
     "hex(hmac_sha256(client_secret, join_values(sort_by_name(param('nonce', nonce) + "
     "param('client_id', client_id) + param('action', action)), ',')))",
     "sealed"},
    {"zadarma", "",
     "key + ':' + base64(bytes(hex(hmac_sha1(secret, method + join(form(sort_by_name("
     "param('format', column(params, '=', 1)))), '=', '&') + md5_hex(params)))))",
     "sealed"},
    {"zadarma", "",
     "key + ':' + base64(bytes(hex(hmac_sha1(secret, method + params + hex(md5(params))))))",
     "sealed"},
    {"wechatpay-md5", "", "upper(hex(md5(string)))", "fresh"},
    // The string of the documentation, from what it is made of.
    {"wechatpay-md5", "",
     "upper(md5_hex(join(sort_by_name(drop_empty(drop(param('sign', 'x'), 'sign') + "
     "param('nonce_str', 'ibuaiVcKdpRxkhJA') + param('mch_id', '10000100') + "
     "param('device_info', '1000') + param('detail', '') + param('body', 'test') + "
     "param('appid', 'wxd930ea5d5a258f4f'))), '=', '&') + "
     "'&key=192006250b4c09247ec02edce69f6a2d'))",
     "constant"},
    {"wechatpay-hmac", "",
     "upper(hex(hmac_sha256(key, join(sort_by_name(drop_empty("
     "param('nonce_str', 'ibuaiVcKdpRxkhJA') + param('mch_id', '10000100') + "
     "param('device_info', '1000') + param('detail', '') + param('body', 'test') + "
     "param('appid', 'wxd930ea5d5a258f4f'))), '=', '&') + '&key=' + key)))",
     "fresh"},
    {"wechatpay-hmac", "", "upper(hex(hmac_sha256(key, string)))", "fresh"},
    {"wsse", "", "base64(sha1(nonce + created + password))", "sealed"},
    {"aliyun-rpc", "",
     "base64(hmac_sha1(secret + '&', 'GET&%2F&' + percent(join(percent(sort_by_name("
     "param('Version', Version) + param('Timestamp', Timestamp) + param('SignatureVersion', "
     "SignatureVersion) + param('SignatureNonce', SignatureNonce) + param('SignatureMethod', "
     "SignatureMethod) + param('Format', Format) + param('Action', Action) + "
     "param('AccessKeyId', AccessKeyId))), '=', '&'))))",
     "sealed"},
    {"aliyun-rpc", "",
     "base64(hmac_sha1(secret + '&', 'GET&%2F&' + percent('AccessKeyId=' + percent(AccessKeyId) + "
     "'&Action=' + percent(Action) + '&Format=' + percent(Format) + '&SignatureMethod=' + "
     "percent(SignatureMethod) + '&SignatureNonce=' + percent(SignatureNonce) + "
     "'&SignatureVersion=' + percent(SignatureVersion) + '&Timestamp=' + percent(Timestamp) + "
     "'&Version=' + percent(Version))))",
     "sealed"},
    {"kite-checksum", "", "hex(sha256(api_key + request_token + api_secret))", "sealed"},
    {"websupport", "", "hex(hmac_sha1(secret, string))", "sealed"},
};

// What the language cannot say, and why.
const std::map<std::string, std::string> kBeyond = {};

const std::set<std::string> kSecrets = {"password",   "accesskey",     "secret_key", "secret",
                                        "secret_b64", "client_secret", "api_secret"};

nlohmann::json ReadVectors() {
  std::ifstream file("tests/fixtures/protocol-vectors.json");
  return nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
}

void AddInputs(const nlohmann::json& inputs, Scope* scope, Bindings* bindings) {
  for (const auto& [key, input] : inputs.items()) {
    std::string name;
    for (const char c : key) {
      if (absl::ascii_isalnum(c) || c == '_') name += c;
      if (c == '(') name += '_';
    }
    const Taint taint = kSecrets.count(name) > 0 ? Taint::kRaw : Taint::kFresh;
    if (input.is_number_integer()) {
      scope->names[name] = {Type::kInt, taint, false};
      bindings->insert_or_assign(name, Value::Int(input.get<int64_t>()));
    } else {
      scope->names[name] = {Type::kText, taint, false};
      bindings->insert_or_assign(name, Value::Text(input.get<std::string>()));
    }
  }
}

TEST(VectorsTest, ProtocolsOfTheFieldComeOutRight) {
  const nlohmann::json vectors = ReadVectors();
  ASSERT_TRUE(vectors.is_array());
  std::map<std::string, nlohmann::json> by_id;
  for (const nlohmann::json& vector : vectors) by_id[vector["id"]] = vector;
  std::set<std::string> seen;
  for (const Case& c : kVectorCases) {
    SCOPED_TRACE(c.id);
    seen.insert(c.id);
    ASSERT_EQ(by_id.count(c.id), 1u);
    Scope scope;
    Bindings bindings;
    if (by_id.count(c.based_on) > 0) AddInputs(by_id[c.based_on]["inputs"], &scope, &bindings);
    AddInputs(by_id[c.id]["inputs"], &scope, &bindings);
    std::vector<ExpressionError> errors;
    SB_ASSERT_OK_AND_ASSIGN(
        const Template compiled,
        Template::Compile(absl::StrCat("${", c.expression, "}"), scope, &errors));
    EXPECT_EQ(NameOf(compiled.taint()), c.taint);
    SB_ASSERT_OK_AND_ASSIGN(const Value value, Evaluate(compiled, bindings));
    EXPECT_EQ(value.text(), by_id[c.id]["expected"].get<std::string>());
  }
  for (const auto& [id, vector] : by_id) {
    EXPECT_NE(seen.count(id), kBeyond.count(id)) << id << " is in one of the two lists";
  }
}

TEST(VectorsTest, TheFourFamilies) {
  // `printf … | openssl md5`, `openssl sha512`, `openssl dgst -sha256 -hmac …`.
  const struct {
    std::map<std::string, std::string> given;
    const char* expression;
    const char* value;
  } cases[] = {
      {{{"token", "6b01f41c2d2e6"}, {"secret.access_key", "uDFh1i0O56xBHJ9c"}},
       "hex(md5(token + secret.access_key))",
       "0b293c462498b5d432a8a49202648538"},
      {{{"account.login", "VASLOGIN"},
        {"secret.password", "tajneheslo"},
        {"hashkey", "9b27cbf4a299b8704499423710ba2c8c90effb8341985aae18bd6c0b79d9389d"}},
       "hex(sha512(account.login + hex(sha512(secret.password)) + hashkey))",
       "c8a03f8c2b51e12f53d7b112b9ecaf5083c27127e36283ab44ab6de7401497878bbd7b3b78ff6f50cd284c3dffa"
       "5"
       "67453bf9966334418cca3a27a55b125b9de2"},
      {{{"account.api_key", "5kdkuujr8l50iv6yp504qxn2grnlhm2h"},
        {"secret.secret_key", "0ptpe0rekdtasktyj1nhjxhzbz1bk5n3"},
        {"account.WareHouseID", "785"},
        {"nonce", "1552989761"}},
       "upper(hex(hmac_sha256(secret.secret_key, nonce + account.WareHouseID + account.api_key)))",
       "B22951C4D7BE3D0A8E2EEE72EA8B31A71871368587A784D603F661E0CDF18AC7"},
  };
  for (const auto& c : cases) {
    Scope scope;
    Bindings bindings;
    for (const auto& [name, value] : c.given) {
      const Taint taint = name.rfind("secret.", 0) == 0    ? Taint::kRaw
                          : name.rfind("account.", 0) == 0 ? Taint::kConstant
                                                           : Taint::kFresh;
      scope.names[name] = {Type::kText, taint, false};
      bindings.emplace(name, Value::Text(value));
    }
    std::vector<ExpressionError> errors;
    SB_ASSERT_OK_AND_ASSIGN(const Expression compiled,
                            Expression::Compile(c.expression, scope, &errors));
    EXPECT_EQ(compiled.taint(), Taint::kSealed);
    SB_ASSERT_OK_AND_ASSIGN(const Value value, Evaluate(compiled, bindings));
    EXPECT_EQ(value.text(), c.value);
  }
}

}  // namespace
}  // namespace sessionbroker::login

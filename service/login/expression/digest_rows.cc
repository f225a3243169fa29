#include <utility>

#include "service/login/expression/digest_functions.h"
#include "service/login/expression/function_rows.h"

namespace sessionbroker::login {
namespace {

using crypto::DigestAlgorithm;

template <DigestAlgorithm kAlgorithm>
Function DigestRow(const char* name, const char* about, std::vector<FunctionExample> examples) {
  using enum Type;
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
  using enum Type;
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
  using enum Type;
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
  using enum Type;
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

}  // namespace

std::vector<Function> DigestFunctions() {
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
  };
}

}  // namespace sessionbroker::login

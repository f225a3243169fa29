#include "service/login/sensitive_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/login/text_decoding.h"

namespace sessionbroker::login {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "p&ss w\xC3\xB6rd/1";

SensitiveTexts With(const std::vector<std::string>& texts) {
  SensitiveTexts sensitive;
  for (const std::string& text : texts) sensitive.Add(text);
  return sensitive;
}

// The secret in every form that is recognised. Computed by coreutils and Python:
//   printf 'p&ss wörd/1' | xxd -p; printf 'xp&ss wörd/1' | base64; python3 -c 'urllib.parse.quote…'
const char* const kForms[] = {
    "p&ss w\xC3\xB6rd/1",
    "702673732077c3b672642f31",
    "702673732077C3B672642F31",
    "702673732077c3B672642f31",
    "cCZzcyB3w7ZyZC8x",      // base64
    "eHAmc3Mgd8O2cmQvMQ==",  // … of x + secret
    "eHhwJnNzIHfDtnJkLzE=",  // … of xx + secret
    "cCZzcyB3w7ZyZC8xeHh4",  // … of secret + xxx
    "p%26ss%20w%C3%B6rd%2F1",
    "p%26ss%20w%c3%b6rd/1",
    "p%26ss+w%C3%B6rd%2F1",
    "p&ss+w\xC3\xB6rd/1",
    "%70%26%73%73%20%77%C3%B6%72%64%2F%31",
    R"(p\u0026ss w\u00F6rd\/1)",
    "p&amp;ss w&#246;rd&#x2f;1",
};

TEST(SensitiveTextsTest, ASecretIsFoundInEveryForm) {
  const SensitiveTexts sensitive = With({kSecret});
  for (const char* form : kForms) {
    EXPECT_TRUE(sensitive.AppearIn(form)) << form;
    EXPECT_TRUE(sensitive.AppearIn(absl::StrCat("before ", form, " after"))) << form;
  }
}

TEST(SensitiveTextsTest, OtherTextsAreNotTakenForIt) {
  const SensitiveTexts sensitive = With({kSecret});
  for (const char* text : {"", "p&ss", "P&SS W\xC3\xB6RD/1", "p&ss w\xC3\xB6rd/", "19x1",
                           "bdae82b324158849b9ef6456411031e3", "100% p&ss", "%", "%7", "+++"}) {
    EXPECT_FALSE(sensitive.AppearIn(text)) << text;
  }
  EXPECT_FALSE(With({}).AppearIn("anything"));
  EXPECT_FALSE(With({""}).AppearIn("anything"));
}

TEST(SensitiveTextsTest, Base64IsFoundInBothAlphabets) {
  // printf '\xfb\xef\xbe\xff\xfe' | base64 → ++++//4=
  const SensitiveTexts sensitive = With({"\xfb\xef\xbe\xff\xfe"});
  EXPECT_TRUE(sensitive.AppearIn("++++//4="));
  EXPECT_TRUE(sensitive.AppearIn("----__4"));
}

TEST(SensitiveTextsTest, AShortSecretCountsOnlyAsTheWholeText) {
  const SensitiveTexts sensitive = With({"abc"});
  // printf abc | xxd -p; printf abc | base64
  for (const char* text : {"abc", "616263", "616263", "YWJj", "%61bc"}) {
    EXPECT_TRUE(sensitive.AppearIn(text)) << text;
  }
  for (const char* text : {"abcd", "xabc", "", "ab"})
    EXPECT_FALSE(sensitive.AppearIn(text)) << text;
}

TEST(SensitiveTextsTest, AnExcerptShowsTheTextWithoutTheSecret) {
  const SensitiveTexts sensitive = With({kSecret, "t0ken"});
  EXPECT_EQ(sensitive.Excerpt(absl::StrCat("wrong: ", kSecret, ", t0ken!")),
            "wrong: <redacted>, <redacted>!");
  EXPECT_EQ(sensitive.Excerpt("Given user cannot be found: nobody"),
            "Given user cannot be found: nobody");
  EXPECT_EQ(sensitive.Excerpt(""), "");
}

TEST(SensitiveTextsTest, AnExcerptNeverHoldsTheSecretInAnyForm) {
  const SensitiveTexts sensitive = With({kSecret});
  for (const char* form : kForms) {
    const std::string excerpt = sensitive.Excerpt(absl::StrCat("[", form, "]"));
    EXPECT_FALSE(sensitive.AppearIn(excerpt)) << form << " → " << excerpt;
    EXPECT_THAT(excerpt, ::testing::AnyOf("[<redacted>]", HasSubstr("withheld"))) << form;
  }
}

TEST(SensitiveTextsTest, AnEncodingThatHidesThePlaceWithholdsTheWhole) {
  const SensitiveTexts sensitive = With({kSecret});
  for (const char* text :
       {R"({"error":"p&ss w\u00f6rd\/1"})", "p&amp;ss w\xC3\xB6rd/1", "p&#38;ss w&#xf6;rd&#x2F;1",
        "p%2526ss%2520w%25C3%25B6rd%252F1", R"(p\u0026amp;ss w\u00F6rd/1)"}) {
    EXPECT_EQ(sensitive.Excerpt(text), "(withheld: it holds a secret in encoded form)") << text;
  }
}

TEST(SensitiveTextsTest, WhatLooksLikeAKeyIsTakenOutUnknown) {
  const SensitiveTexts sensitive = With({kSecret});
  EXPECT_EQ(sensitive.Excerpt(R"({"result":{"sessionKey":"bdae82b324158849b9ef6456411031e3"}})"),
            R"({"result":{"sessionKey":"<redacted>"}})");
  EXPECT_EQ(sensitive.Excerpt("code AUTHENTICATION_REQUIRED after 1795290140 s"),
            "code AUTHENTICATION_REQUIRED after 1795290140 s");
}

TEST(SensitiveTextsTest, AnExcerptIsShortAndPrintable) {
  const SensitiveTexts sensitive = With({kSecret});
  EXPECT_EQ(sensitive.Excerpt("a\r\n\tb\x1B[31mc\xFF\xFE"
                              "d\xE2\x80\xAE"
                              "e \xC4\x8D"),
            "a b [31mc d e \xC4\x8D");
  EXPECT_EQ(sensitive.Excerpt(std::string(1000, 'x')), std::string(200, 'x'));
  const std::string wide = sensitive.Excerpt(std::string("\xC4\x8D") + std::string(300, 'x'));
  EXPECT_EQ(wide, std::string("\xC4\x8D") + std::string(199, 'x'));
}

TEST(SensitiveTextsTest, NoPartOfASecretIsLeftWhereTheTextIsCut) {
  const std::string secret = "the secret passphrase of somebody";
  const SensitiveTexts sensitive = With({secret});
  for (std::size_t before = 150; before < 210; ++before) {
    const std::string excerpt =
        sensitive.Excerpt(absl::StrCat(std::string(before, '.'), secret, "."));
    EXPECT_THAT(excerpt, Not(HasSubstr("the"))) << before;
  }
  // What cannot be printed is not counted, so the end may stand far behind.
  for (std::size_t before = 4050; before < 4110; ++before) {
    const std::string excerpt =
        sensitive.Excerpt(absl::StrCat(std::string(before, '\n'), secret, "."));
    EXPECT_THAT(excerpt, Not(HasSubstr("the"))) << before;
  }
}

TEST(SensitiveTextsTest, AShortSecretWithholdsEverything) {
  EXPECT_EQ(With({"abc"}).Excerpt("a b c"), "(withheld: a secret is too short to be found in it)");
}

std::string TextOf(const secrets::WipedBytes& bytes) {
  return std::string(bytes.data(), bytes.size());
}

TEST(TextDecodingTest, EscapesAreDecodedAndTheRestStays) {
  EXPECT_EQ(TextOf(DecodePercent("%41%7a+%%4%4g%", false)), "Az+%%4%4g%");
  EXPECT_EQ(TextOf(DecodePercent("a+b", true)), "a b");
  EXPECT_EQ(TextOf(DecodeJsonEscapes(R"(\u0041\u00e9\ud83d\ude00\/\"\\\n\u00g)")),
            "A\xC3\xA9\xF0\x9F\x98\x80/\"\\\nu00g");
  EXPECT_EQ(TextOf(DecodeJsonEscapes("\\")), "\\");
  EXPECT_EQ(TextOf(DecodeHtmlEntities("&lt;&#65;&#x42;&amp;&unknown;&;& &#xFFFFFFFF;")),
            "<AB&&unknown;&;& &#xFFFFFFFF;");
}

}  // namespace
}  // namespace sessionbroker::login

using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

public sealed class SeenTextTests
{
    /// <summary>
    /// The table of https://openai.com/index/hello-gpt-4o/ ("Language tokenization"): a text, its tokens with the vocabulary
    /// of GPT-4 (cl100k_base) and with that of GPT-4o and later (o200k_base).
    /// </summary>
    public static TheoryData<string, int, int> Published => new()
    {
        { "હેલો, મારું નામ જીપીટી-4o છે. હું એક નવા પ્રકારનું ભાષા મોડલ છું. તમને મળીને સારું લાગ્યું!", 145, 33 },
        { "నమస్కారము, నా పేరు జీపీటీ-4o. నేను ఒక్క కొత్త రకమైన భాషా మోడల్ ని. మిమ్మల్ని కలిసినందుకు సంతోషం!", 159, 45 },
        { "வணக்கம், என் பெயர் ஜிபிடி-4o. நான் ஒரு புதிய வகை மொழி மாடல். உங்களை சந்தித்ததில் மகிழ்ச்சி!", 116, 35 },
        { "नमस्कार, माझे नाव जीपीटी-4o आहे| मी एक नवीन प्रकारची भाषा मॉडेल आहे| तुम्हाला भेटून आनंद झाला!", 96, 33 },
        { "नमस्ते, मेरा नाम जीपीटी-4o है। मैं एक नए प्रकार का भाषा मॉडल हूँ। आपसे मिलकर अच्छा लगा!", 90, 31 },
        { "ہیلو، میرا نام جی پی ٹی-4o ہے۔ میں ایک نئے قسم کا زبان ماڈل ہوں، آپ سے مل کر اچھا لگا!", 82, 33 },
        { "مرحبًا، اسمي جي بي تي-4o. أنا نوع جديد من نموذج اللغة، سررت بلقائك!", 53, 26 },
        { "سلام، اسم من جی پی تی-۴او است. من یک نوع جدیدی از مدل زبانی هستم، از ملاقات شما خوشبختم!", 61, 32 },
        { "Привет, меня зовут GPT-4o. Я — новая языковая модель, приятно познакомиться!", 39, 23 },
        { "안녕하세요, 제 이름은 GPT-4o입니다. 저는 새로운 유형의 언어 모델입니다, 만나서 반갑습니다!", 45, 27 },
        { "Xin chào, tên tôi là GPT-4o. Tôi là một loại mô hình ngôn ngữ mới, rất vui được gặp bạn!", 46, 30 },
        { "你好，我的名字是GPT-4o。我是一种新型的语言模型，很高兴见到你!", 34, 24 },
        { "こんにちは、私の名前はGPT-4oです。私は新しいタイプの言語モデルです。初めまして！", 37, 26 },
        { "Merhaba, benim adım GPT-4o. Ben yeni bir dil modeli türüyüm, tanıştığımıza memnun oldum!", 39, 30 },
        { "Ciao, mi chiamo GPT-4o. Sono un nuovo tipo di modello linguistico, piacere di conoscerti!", 34, 28 },
        { "Hallo, mein Name is GPT-4o. Ich bin ein neues KI-Sprachmodell. Es ist schön, dich kennenzulernen.", 34, 29 },
        { "Hola, me llamo GPT-4o. Soy un nuevo tipo de modelo de lenguaje, ¡es un placer conocerte!", 29, 26 },
        { "Olá, meu nome é GPT-4o. Sou um novo tipo de modelo de linguagem, é um prazer conhecê-lo!", 30, 27 },
        { "Bonjour, je m'appelle GPT-4o. Je suis un nouveau type de modèle de langage, c'est un plaisir de vous rencontrer!", 31, 28 },
        { "Hello, my name is GPT-4o. I'm a new type of language model, it's nice to meet you!", 27, 24 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void The_estimate_is_below_published_counts_and_not_far_below(string text, int cl100k, int o200k)
    {
        var fewest = Math.Min(cl100k, o200k);
        Tokens(text).ShouldBeInRange(fewest / 3, fewest);
    }

    [Theory]
    // https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them
    [InlineData("You miss 100% of the shots you don’t take", 11)]
    [InlineData("Cómo estás", 5)]
    // Tokens of o200k_base, the fewest of the vocabularies of the table above, counted with the npm package gpt-tokenizer 4.0.
    [InlineData("The quick brown fox jumps over the lazy dog.", 10)]
    [InlineData("for (int i = 0; i < items.Count; i++)\n{\n    total += items[i].Price * items[i].Quantity;\n}\n", 30)]
    [InlineData("{\"city\":\"Paris\",\"days\":[{\"high\":21.5,\"low\":12},{\"high\":19,\"low\":11}]}", 27)]
    [InlineData("👍🏽 🎉🎉 👨‍👩‍👧‍👦", 18)]
    public void The_estimate_is_below_counts_of_other_kinds_of_text(string text, int tokens) => Tokens(text).ShouldBeInRange(1, tokens);

    [Fact]
    public void Six_characters_or_two_of_a_wide_script_are_a_token()
    {
        Tokens("").ShouldBe(0);
        Tokens("abcde").ShouldBe(0);
        Tokens("abcdef").ShouldBe(1);
        Tokens("éüß«ж…").ShouldBe(1);
        Tokens("你好").ShouldBe(1);
        Tokens("你好abc").ShouldBe(1);
        Tokens("你abc").ShouldBe(1);
        Tokens("안녕ハ世").ShouldBe(2);
        Tokens(new string('x', 600) + new string('字', 200)).ShouldBe(200);
    }

    [Fact]
    public void It_grows_with_the_text_does_not_depend_on_the_cuts_and_takes_any_text()
    {
        Prop.ForAll(Texts.ArrayOf().ToArbitrary(), pieces =>
        {
            var seen = default(SeenText);
            var before = 0L;
            foreach (var piece in pieces)
            {
                seen.Add(piece);
                seen.Tokens.ShouldBeGreaterThanOrEqualTo(before);
                before = seen.Tokens;
            }

            seen.Tokens.ShouldBe(Tokens(string.Concat(pieces)));
            seen.Tokens.ShouldBeLessThanOrEqualTo((pieces.Sum(piece => piece.Length) + 1) / 2);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_tool_call_counts_with_its_name_and_arguments()
    {
        using var json = JsonDocument.Parse("""{"path":"0123456789","lines":[1,2,3,4,5,6,7,8,9],"text":"это"}""");
        var parsed = json.RootElement.EnumerateObject().ToDictionary(property => property.Name, object? (property) => property.Value);
        // Name 4, keys 4 + 5 + 4, values as they are written: 12, 19 and 5.
        Tokens(new FunctionCallContent("1", "read", parsed)).ShouldBe((4 + 13 + 36) / 6);
        Tokens(new FunctionCallContent("1", "read", new Dictionary<string, object?> { ["a"] = "1234567", ["b"] = 5, ["c"] = null, ["d"] = default(JsonElement) })).ShouldBe((4 + 4 + 7) / 6);
        Tokens(new FunctionCallContent("1", "a_name_of_18_chars")).ShouldBe(3);
    }

    /// <summary>Any UTF-16 units: plain, of wide scripts, surrogates in pairs and alone.</summary>
    private static Gen<string> Texts
    {
        get
        {
            var unit = Gen.OneOf(
                Gen.Choose(0, 127), Gen.Choose(128, 0x2E7F), Gen.Choose(0x2E80, 0xD7FF), Gen.Choose(0xD800, 0xDFFF), Gen.Choose(0xE000, 0xFFFF));
            return Gen.OneOf(Gen.Choose(0, 127).ArrayOf(), unit.ArrayOf()).Select(units => new string([.. units.Select(code => (char)code)]));
        }
    }

    private static long Tokens(string text)
    {
        var seen = default(SeenText);
        seen.Add(text);
        return seen.Tokens;
    }

    private static long Tokens(FunctionCallContent call)
    {
        var seen = default(SeenText);
        seen.Add(call);
        return seen.Tokens;
    }
}

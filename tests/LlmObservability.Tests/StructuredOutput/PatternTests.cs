using LlmObservability.StructuredOutput;

namespace LlmObservability.Tests.StructuredOutput;

public class PatternTests
{
    [Theory]
    [InlineData(@"^\d+$", "123", "١٢٣")]
    [InlineData(@"^\D$", "a", "7")]
    [InlineData(@"^\w+$", "a_Z9", "é")]
    [InlineData(@"^\W$", "é", "a")]
    [InlineData(@"^\s$", "\uFEFF", "\u0085")]
    [InlineData(@"^\S$", "\u0085", "\u00A0")]
    [InlineData(@"^[\d.-]+$", "1.2-3", "1,2")]
    [InlineData(@"^[\w]+$", "ab", "a b")]
    [InlineData(@"^[^\s]+$", "ab", "a b")]
    [InlineData(@"^[\s\S]$", "\n", "ab")]
    [InlineData(@"^[\D]$", "x", "1")]
    [InlineData(@"^[\W]$", "-", "_")]
    [InlineData(@"^[a[]$", "[", "]")]
    [InlineData(@"^[\]\\\-x]+$", @"]\-x", "y")]
    [InlineData(@"^[\b]$", "\b", "b")]
    [InlineData(@"^.$", "é", "\u2028")]
    [InlineData(@"^a$", "a", "a\n")]
    [InlineData(@"^(?<year>\d{4})-(?:0[1-9]|1[0-2])$", "2026-08", "2026-13")]
    [InlineData(@"^(a|b)*?c{1,}$", "abcc", "ab")]
    [InlineData(@"^\u0061\x62\/\.\_\-$", "ab/._-", "ab/x_-")]
    [InlineData(@"^\0$", "\0", "0")]
    [InlineData(@"^\t\n\v\f\r$", "\t\n\v\f\r", " ")]
    [InlineData(@"^\p{Lu}\P{L}$", "É1", "éa")]
    [InlineData(@"^😀{2}$", "😀😀", "😀")]
    [InlineData(@"^a # b$", "a # b", "a")]
    [InlineData(@"^[a-z]{1,1000}$", "abc", "")]
    [InlineData(@"^(?:[0-9a-f]{4}){1,8}$", "0a1b", "0a1")]
    [InlineData(@"^\(\d{2,}\)x{100}|y{1}{$", "y{", "(12)x")]
    public void Is_found_as_in_ecma_262(string pattern, string found, string notFound)
    {
        var compiled = new EcmaPattern(pattern);
        compiled.Check(found, new Validation()).ShouldBe(Finding.Matches);
        compiled.Check(notFound, new Validation()).ShouldBe(Finding.Fails);
    }

    [Theory]
    [InlineData("(?=a)")]
    [InlineData("(?!a)b")]
    [InlineData("(?<=a)b")]
    [InlineData("(?<!a)b")]
    [InlineData(@"(a)\1")]
    [InlineData(@"(?<n>a)\k<n>")]
    [InlineData(@"\bword\b")]
    [InlineData(@"\p{Script=Greek}")]
    [InlineData(@"\p{Letter}")]
    [InlineData(@"\u{1F600}")]
    [InlineData(@"\ud83d\ude00")]
    [InlineData("[😀-😎]")]
    [InlineData(@"\cA")]
    [InlineData(@"\Aa\Z")]
    [InlineData("(?i)a")]
    [InlineData("(?>a)")]
    [InlineData("(?#note)a")]
    [InlineData("[]")]
    [InlineData("[^]")]
    [InlineData(@"[\w-.]")]
    [InlineData(@"[+-\d]")]
    [InlineData("[a")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("*a")]
    [InlineData("a**")]
    [InlineData(@"a\")]
    [InlineData("(?")]
    [InlineData("(?<n")]
    [InlineData(@"\x1")]
    [InlineData(@"\p{")]
    [InlineData("a{1001}")]
    [InlineData("a{1,600}b{1,600}")]
    [InlineData("(?:a?b?){33}")]
    [InlineData("(a{3}|b{2,9}){0,4}")]
    [InlineData("((ab){4}){9}")]
    [InlineData("(ab){20}(ab){20}")]
    [InlineData("a{99999999999}")]
    public void Is_not_checked_where_it_means_something_else_or_nothing(string pattern)
    {
        var compiled = new EcmaPattern(pattern);
        compiled.IsChecked.ShouldBeFalse();
        compiled.Check("a", new Validation()).ShouldBe(Finding.Open);
    }

    [Theory]
    [InlineData("^.$")]
    [InlineData("^[^a]$")]
    [InlineData(@"^\S$")]
    public void Is_not_checked_beyond_the_basic_plane_where_it_stands_for_any_character(string pattern)
    {
        new EcmaPattern(pattern).Check("😀", new Validation()).ShouldBe(Finding.Open);
    }

    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(a|a)*$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData("^(a?){32}(a*)*$")]
    [InlineData("(.*a){30}c$")]
    public void No_text_makes_it_slow(string pattern)
    {
        // 20,000 characters take a backtracking engine longer than anybody waits.
        new EcmaPattern(pattern).Check(new string('a', 20_000) + "!", new Validation()).ShouldBe(Finding.Fails);
    }
}

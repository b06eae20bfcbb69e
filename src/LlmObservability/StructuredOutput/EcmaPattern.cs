using System.Text.RegularExpressions;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// A schema's regular expression. It runs in time linear in the text, so patterns that need backtracking are not checked,
/// nor those that mean something else, or nothing, in .NET's dialect. Thread-safe.
/// </summary>
internal sealed class EcmaPattern
{
    private const int MaxLength = 1_000;
    private const int CharsPerStep = 4;

    // Never reached by what the translation lets through, unless the machine stands still.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly Regex? _regex;
    private readonly bool _isForBasicPlane;

    internal EcmaPattern(string pattern)
    {
        if (pattern.Length > MaxLength || EcmaTranslation.Of(pattern) is not { } translation)
        {
            return;
        }

        try
        {
            _regex = new Regex(translation.Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout);
            _isForBasicPlane = translation.IsForBasicPlane;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            _regex = null;
        }
    }

    /// <summary>Whether it is checked at all.</summary>
    internal bool IsChecked => _regex is not null;

    /// <summary>Whether it is found in a text; open where that is not checked.</summary>
    internal Finding Check(string text, Validation validation)
    {
        if (!validation.Spend(1 + (text.Length / CharsPerStep)) || _regex is null || (_isForBasicPlane && HasSurrogates(text)))
        {
            return Finding.Open;
        }

        try
        {
            return _regex.IsMatch(text) ? Finding.Matches : Finding.Fails;
        }
        catch (RegexMatchTimeoutException)
        {
            validation.GiveUp();
            return Finding.Open;
        }
    }

    private static bool HasSurrogates(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
}

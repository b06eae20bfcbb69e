using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// Text that passed, counted and not kept: a lower bound of its tokens. A token stands for six characters, or for two of a
/// wide script (Chinese, Japanese, Korean, emoji): more than tokenizers in use put into one. docs/pricing.md has the figures
/// and their sources. What is counted does not depend on how the text is cut.
/// </summary>
internal struct SeenText
{
    private const int UnitsPerToken = 6;
    private const int WideUnits = 3;

    // The radicals of Chinese: nearly all that comes after is written without spaces, one character a syllable or a word.
    private const char FirstWide = '\u2E80';

    private long _units;

    /// <summary>At least so many tokens; 0 for less than a token's text.</summary>
    public readonly long Tokens => _units / UnitsPerToken;

    public void Add(string text)
    {
        _units += text.Length;
        if (!Ascii.IsValid(text))
        {
            _units += (WideUnits - 1) * CountWide(text);
        }
    }

    /// <summary>What the model wrote to call a tool: its name, and arguments as adapters hand them on.</summary>
    public void Add(FunctionCallContent call)
    {
        Add(call.Name);
        if (call.Arguments is not Dictionary<string, object?> arguments)
        {
            return;
        }

        foreach (var (name, value) in arguments)
        {
            Add(name);
            if (value is string text)
            {
                Add(text);
            }
            else if (value is JsonElement { ValueKind: not JsonValueKind.Undefined } json)
            {
                _units += Encoding.UTF8.GetCharCount(JsonMarshal.GetRawUtf8Value(json));
            }
        }
    }

    private static long CountWide(string text)
    {
        var wide = 0;
        foreach (var character in text)
        {
            wide += character >= FirstWide ? 1 : 0;
        }

        return wide;
    }
}

using LlmObservability.StructuredOutput;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// The answer to a call that asks for JSON: its text as it passes, and what is to be told of it. What counts is the text of
/// the last message: a client that runs tools inside gives the messages before it too. For one thread at a time.
/// </summary>
internal sealed class AnswerCheck(ChatResponseFormatJson format, StructuredAnswers answers)
{
    private const string NotJson = ": not JSON";

    private AnswerText _text = answers.Begin();
    private string? _message;
    private bool _any;

    /// <summary>Whether it matches; null when that is not known.</summary>
    public bool? Validated { get; private set; }

    /// <summary>The first mismatches, one a line.</summary>
    public string? Errors { get; private set; }

    /// <summary>A whole response.</summary>
    public void Add(ChatResponse response)
    {
        var messages = response.Messages;
        for (var i = messages.Count - 1; i >= 0 && !_any; i--)
        {
            var contents = messages[i].Contents;
            for (var j = 0; j < contents.Count; j++)
            {
                Add(contents[j]);
            }
        }
    }

    /// <summary>A piece of the answer.</summary>
    public void Add(AIContent content)
    {
        if (content is TextContent { Text: { Length: > 0 } piece })
        {
            _any = true;
            _text.Append(piece);
        }
        else if (content is FunctionResultContent)
        {
            // A tool ran: what was said before it was no answer yet.
            StartOver();
        }
    }

    /// <summary>An update of that message comes.</summary>
    public void Enter(string? message)
    {
        if (message is not null && message != _message)
        {
            _message = message;
            StartOver();
        }
    }

    /// <summary>
    /// The answer is complete, and its text given back. One without any text, a call of tools for example, is not looked at.
    /// Of a call that does not complete the text is left to the collector: who reads the stream may still be adding to it.
    /// </summary>
    public void Complete()
    {
        using var given = _text;
        if (!_any)
        {
            return;
        }

        var verdict = answers.Check(format, _text);
        Validated = verdict.Parsed is false ? false : verdict.Reason == UncheckedReason.NoSchema ? verdict.Parsed : verdict.Matched;
        if (Validated is false)
        {
            Errors = verdict.Mismatches.Count == 0 ? NotJson : string.Join('\n', verdict.Mismatches);
        }
    }

    private void StartOver()
    {
        if (_any)
        {
            _text.Dispose();
            _text = answers.Begin();
            _any = false;
        }
    }
}

using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// What a response, or an update of a stream, told of one tool: who was asked, or how it went. A chain, the last first, that
/// only grows at its head, so that whoever holds one sees what was told up to there. Nothing of arguments or results is kept.
/// </summary>
internal sealed record ToolNote
{
    // Beyond this a response is no longer sensible; what a note costs is bounded by it.
    private const int MaxNotes = 256;
    private const int MaxErrorCode = 64;

    private readonly int _count;

    private ToolNote(ToolNoteKind kind, string? callId, ToolNote? before)
    {
        Kind = kind;
        CallId = BoundedText.Clean(string.IsNullOrEmpty(callId) ? null : callId);
        Before = before;
        _count = (before?._count ?? 0) + 1;
    }

    public ToolNoteKind Kind { get; }

    /// <summary>The id by which call and result belong together.</summary>
    public string? CallId { get; }

    /// <summary>The function's or tool's name; null where a result does not tell it.</summary>
    public string? Name { get; private init; }

    /// <summary>The type of a hosted tool; null for functions.</summary>
    public string? Type { get; private init; }

    /// <summary>Whether a result tells of an error.</summary>
    public bool Failed { get; private init; }

    /// <summary>The provider's code of that error, where it looks like one.</summary>
    public string? ErrorCode { get; private init; }

    public ToolNote? Before { get; }

    /// <summary>The chain with what a content tells of a tool; the same where it tells nothing new.</summary>
    /// <param name="before">What was told before.</param>
    /// <param name="content">The content.</param>
    /// <param name="functions">Whether functions are of interest; hosted tools always are.</param>
    public static ToolNote? Add(ToolNote? before, AIContent content, bool functions)
    {
        if (before is { _count: >= MaxNotes })
        {
            return before;
        }

        return content switch
        {
            FunctionCallContent { InformationalOnly: false } call =>
                functions ? new ToolNote(ToolNoteKind.Function, call.CallId, before) { Name = BoundedText.Clean(call.Name) } : before,
            FunctionResultContent result => functions ? new ToolNote(ToolNoteKind.FunctionResult, result.CallId, before) : before,
            McpServerToolCallContent call => Hosted(before, LlmVocabulary.Mcp, call, BoundedText.Clean(call.Name)),
            CodeInterpreterToolCallContent call => Hosted(before, LlmVocabulary.CodeInterpreter, call),
            WebSearchToolCallContent call => Hosted(before, LlmVocabulary.WebSearch, call),
            ImageGenerationToolCallContent call => Hosted(before, LlmVocabulary.ImageGeneration, call),
            McpServerToolResultContent result => Hosted(before, LlmVocabulary.Mcp, result, result.Outputs),
            CodeInterpreterToolResultContent result => Hosted(before, LlmVocabulary.CodeInterpreter, result, result.Outputs),
            WebSearchToolResultContent result => Hosted(before, LlmVocabulary.WebSearch, result, result.Outputs),
            ImageGenerationToolResultContent result => Hosted(before, LlmVocabulary.ImageGeneration, result, result.Outputs),
            _ => before,
        };
    }

    /// <summary>The notes of a chain in the order in which they were told.</summary>
    public static ToolNote[] InOrder(ToolNote? last)
    {
        var notes = new ToolNote[last?._count ?? 0];
        for (var i = notes.Length - 1; i >= 0; i--)
        {
            notes[i] = last!;
            last = last!.Before;
        }

        return notes;
    }

    private static ToolNote Hosted(ToolNote? before, string type, ToolCallContent call, string? name = null) =>
        new(ToolNoteKind.Hosted, call.CallId, before) { Type = type, Name = name ?? type };

    private static ToolNote Hosted(ToolNote? before, string type, ToolResultContent result, IList<AIContent>? outputs)
    {
        var error = Error(outputs);
        return new(ToolNoteKind.HostedResult, result.CallId, before)
        {
            Type = type,
            Failed = error is not null,
            ErrorCode = Code(error?.ErrorCode),
        };
    }

    private static ErrorContent? Error(IList<AIContent>? outputs)
    {
        for (var i = 0; i < outputs?.Count; i++)
        {
            if (outputs[i] is ErrorContent error)
            {
                return error;
            }
        }

        return null;
    }

    // A code is a word; anything else could be a message, which is never read.
    private static string? Code(string? code) =>
        code is { Length: > 0 and <= MaxErrorCode } && code.AsSpan().IndexOfAnyExcept(CodeCharacters) < 0 ? code : null;

    private static readonly System.Buffers.SearchValues<char> CodeCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}

/// <summary>What a note is of.</summary>
internal enum ToolNoteKind : byte
{
    /// <summary>The model asks for a function.</summary>
    Function,

    /// <summary>A function's result: it was invoked inside.</summary>
    FunctionResult,

    /// <summary>The provider invoked a tool that it hosts.</summary>
    Hosted,

    /// <summary>The result of such a tool.</summary>
    HostedResult,
}

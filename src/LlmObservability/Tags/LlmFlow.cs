namespace LlmObservability.Tags;

/// <summary>The one ambient slot. Its value belongs to the flow of the caller, not to the process.</summary>
internal static class LlmFlow
{
    private static readonly AsyncLocal<ILlmFlow?> Ambient = new();

    public static ILlmFlow? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }
}

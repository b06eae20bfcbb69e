using Microsoft.Extensions.Options;

namespace LlmObservability;

/// <summary>Says in one sentence each what to change. The ranges are those that the options document.</summary>
internal sealed class LlmPipelineHealthOptionsValidator : IValidateOptions<LlmPipelineHealthOptions>
{
    public ValidateOptionsResult Validate(string? name, LlmPipelineHealthOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    public static void ThrowIfInvalid(LlmPipelineHealthOptions options)
    {
        var failures = Failures(options).ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(LlmPipelineHealthOptions), failures);
        }
    }

    private static IEnumerable<string> Failures(LlmPipelineHealthOptions options) => new[]
    {
        Range("MaxAge", options.MaxAge, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        Range("DropWindow", options.DropWindow, TimeSpan.Zero, TimeSpan.FromDays(1)),
    }.OfType<string>();

    private static string? Range(string name, TimeSpan value, TimeSpan least, TimeSpan most) => value >= least && value <= most
        ? null
        : $"Set LlmObservability:Health:{name} to a value from {least} to {most}; it is {value}.";
}

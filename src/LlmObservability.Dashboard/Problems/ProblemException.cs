namespace LlmObservability.Dashboard.Problems;

/// <summary>Ends a request with a problem; its text is for whoever asked.</summary>
internal sealed class ProblemException(int status, string code, string detail, string? parameter = null) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Parameter { get; } = parameter;

    /// <summary>A parameter's value that cannot be right.</summary>
    public static ProblemException Invalid(string parameter, string detail) => new(400, ProblemCode.InvalidParameter, detail, parameter);
}

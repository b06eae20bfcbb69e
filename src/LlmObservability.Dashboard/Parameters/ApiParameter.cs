using System.Text.Json.Nodes;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>A parameter of the query string: how it is read, and how the description tells of it. One object does both, so that they agree.</summary>
internal abstract class ApiParameter(string name, string description)
{
    public string Name { get; } = name;

    public string Description { get; } = description;

    /// <summary>How often it may stand in a query.</summary>
    public virtual int MaxCount => 1;

    public virtual bool IsRequired => false;

    /// <summary>The JSON schema of its value, or of its values where it may stand more than once.</summary>
    public abstract JsonObject Schema();
}

namespace LlmObservability.Pricing;

/// <summary>
/// Says which model a deployment or private name stands for, so that it is priced as that model: an Azure deployment, a
/// fine-tuned model, a gateway's alias. Settable throughout, so that it binds from configuration.
/// </summary>
public sealed class ModelDeployment
{
    /// <summary>The provider whose name it is, by any name that a client may call it; null or empty for every provider.</summary>
    public string? Provider { get; set; }

    /// <summary>The deployment's name, compared without case: <c>*</c> stands for any text, <c>#</c> for one digit. Required.</summary>
    public string? Name { get; set; }

    /// <summary>The model as the catalog names it. Required.</summary>
    public string? Model { get; set; }

    /// <summary>The provider whose prices count, where it is not the one that is called; null or empty for that one.</summary>
    public string? ModelProvider { get; set; }
}

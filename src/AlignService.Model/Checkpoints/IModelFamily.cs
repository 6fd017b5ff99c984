using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>How one family of models writes its configuration and names its weights. One small class a family; the forward pass knows none of them.</summary>
internal interface IModelFamily
{
    /// <summary>config.json's `model_type`.</summary>
    string ModelType { get; }

    /// <summary>What `architectures` names begin with: X of XForCausalLM and XForSequenceClassification.</summary>
    string ArchitecturePrefix { get; }

    /// <summary>Reads every key that the family knows; the caller refuses the others.</summary>
    TransformerConfig Read(ConfigObject config);
}

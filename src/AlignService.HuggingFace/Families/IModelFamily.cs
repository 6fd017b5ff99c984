using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Families;

/// <summary>How one family of models writes its configuration and names its weights. One small class a family; the forward pass knows none of them.</summary>
internal interface IModelFamily
{
    /// <summary>config.json's `model_type`.</summary>
    string ModelType { get; }

    /// <summary>X of XForSequenceClassification, in the `architectures` of a reward model.</summary>
    string ArchitecturePrefix { get; }

    /// <summary>The `architectures` of a language model.</summary>
    string LanguageModelArchitecture => $"{ArchitecturePrefix}ForCausalLM";

    /// <summary>Reads every key that the family knows; the caller refuses the others.</summary>
    TransformerConfig Read(ConfigObject config);

    /// <summary>What config.json of a new model says beside what all families say alike, such that <see cref="Read"/> gives the same configuration back.</summary>
    JsonObject Write(TransformerConfig config);
}

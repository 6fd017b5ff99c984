
namespace AlignService.HuggingFace.Inspection;

/// <summary>What a Hugging Face directory holds.</summary>
public enum ModelKind
{
    /// <summary>A causal language model: a policy, or a reference.</summary>
    LanguageModel,

    /// <summary>A sequence classifier with one label.</summary>
    RewardModel,

    /// <summary>A low-rank adapter in PEFT form, which needs its base model.</summary>
    Adapter,
}

using AlignService.HuggingFace.Architecture;
using AlignService.Specs.Prompts;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>Length limit of prompts, so prompt and completion fit the model's context.</summary>
/// <param name="MaxPromptLength">Tokens.</param>
/// <param name="PlannedLength">Tokens of the longest sequence of the run.</param>
public readonly record struct PromptLimit(int MaxPromptLength, int PlannedLength)
{
    public static PromptLimit Of(GrpoConfig config, TransformerConfig model) => Of(config.Sampling.MaxCompletionLength, config.MaxPromptLength, model);

    /// <param name="completion">Tokens of the longest completion.</param>
    /// <param name="asked">Tokens of the longest prompt; null is what the context has room for.</param>
    /// <param name="model">Has the context.</param>
    /// <exception cref="PromptDataException">The context has no room for a prompt.</exception>
    public static PromptLimit Of(int completion, int? asked, TransformerConfig model)
    {
        int left = model.MaxPositions - completion;
        if (left < 1)
        {
            throw new PromptDataException(
                $"max_completion_length is {completion}, but the model's context has {model.MaxPositions} tokens, and a prompt needs at least 1; lower max_completion_length to {model.MaxPositions - 1} at most.");
        }

        int prompt = Math.Min(asked ?? left, left);
        return new(prompt, prompt + completion);
    }
}

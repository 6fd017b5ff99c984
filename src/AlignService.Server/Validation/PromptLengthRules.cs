using AlignService.Specs.Data;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Counts the tokens of every prompt: none may be longer than the limit, because none is ever truncated.</summary>
internal sealed class PromptLengthRules
{
    /// <summary>Number of overlong prompts that are named individually.</summary>
    private const int MaxNamedPrompts = 10;

    private readonly PromptEncoder _encoder;
    private readonly GrpoConfig _config;
    private readonly int _limit;

    private PromptLengthRules(PromptEncoder encoder, GrpoConfig config, int limit) => (_encoder, _config, _limit) = (encoder, config, limit);

    /// <summary>Null, with a violation, where the policy's tokenizer cannot be used.</summary>
    public static PromptLengthRules? Load(ModelFolder policy, GrpoConfig config, ViolationList violations, string modelPath, CancellationToken cancellationToken)
    {
        try
        {
            Tokenizer tokenizer = KnownTokenizers.Load(policy.Directory);
            TokenRoleRules.Warn(tokenizer, violations, modelPath);
            int limit = config.MaxPromptLength ?? (policy.ContextLength - config.Sampling.MaxCompletionLength);
            return new PromptLengthRules(new PromptEncoder(new EmbeddingRows(tokenizer, policy.VocabularySize), cancellationToken), config, limit);
        }
        catch (CheckpointException exception)
        {
            violations.Add(modelPath, exception.Message);
            return null;
        }
    }

    public void Check(IReadOnlyList<Prompt> prompts, ViolationList violations, string path, CancellationToken cancellationToken)
    {
        var overlong = new List<string>();
        foreach (Prompt prompt in prompts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                int count = _encoder.Encode(prompt).Count;
                if (count > _limit)
                {
                    overlong.Add($"prompt {prompt.Index} has {count}");
                }
            }
            catch (AlignException exception)
            {
                // What one prompt's template or text breaks, the others' will break too.
                violations.Add(path, exception.Message);
                return;
            }
        }

        if (overlong.Count == 0)
        {
            return;
        }

        string counted = $"{overlong.Count} of {prompts.Count} prompts are longer than {_limit} tokens";
        string named = string.Join(", ", overlong.Take(MaxNamedPrompts)) + (overlong.Count > MaxNamedPrompts ? ", ..." : "");
        if (_config.OverlongPrompts == OverlongPrompts.Refuse || overlong.Count == prompts.Count)
        {
            violations.Add(path, $"{counted}: {named}. Raise max_prompt_length, lower max_completion_length, or set overlong_prompts to drop.");
        }
        else
        {
            violations.Warn(path, $"{counted} and will be dropped: {named}.");
        }
    }
}

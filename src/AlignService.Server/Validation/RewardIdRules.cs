using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that a reward model's embedding has a row for every id that a prompt, its template or its end token give it. What a completion gives it shows when it is scored.</summary>
internal sealed class RewardIdRules
{
    private readonly string _field;
    private readonly RewardInput _input;

    private RewardIdRules(string field, RewardInput input) => (_field, _input) = (field, input);

    /// <summary>Null where nothing can be beyond the embedding, or, with a violation, where the tokenizer cannot be used.</summary>
    public static RewardIdRules? Load(RewardFolder model, ViolationList violations, CancellationToken cancellationToken)
    {
        try
        {
            EmbeddingRows rows = new(KnownTokenizers.Load(model.Folder.Directory), model.Folder.VocabularySize);
            TokenRoleRules.Warn(rows.Tokenizer, violations, model.Field);
            return rows.MayBeExceeded ? new RewardIdRules(model.Field, new RewardInput(rows, cancellationToken)) : null;
        }
        catch (CheckpointException exception)
        {
            violations.Add(model.Field, exception.Message);
            return null;
        }
    }

    public void Check(IReadOnlyList<Prompt> prompts, ViolationList violations, CancellationToken cancellationToken)
    {
        foreach (Prompt prompt in prompts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (FindFault(prompt) is { } fault)
            {
                violations.Add(_field, $"with prompt {prompt.Index}, {fault}", ViolationCode.OutOfRange);
                return;
            }
        }
    }

    private string? FindFault(Prompt prompt)
    {
        try
        {
            // As a template sees every answer: with text, and ended.
            return _input.FindFault(_input.Encode(prompt, "a", truncated: false));
        }
        catch (AlignException)
        {
            return null; // what the template refuses gets no score, and is reported when it is scored
        }
    }
}

using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Every check of prompts that a model answers and rewards score: rows, answers, lengths, and ids that reward models read.</summary>
internal sealed class SampledPromptRules
{
    private readonly PromptLengthRules? _lengths;
    private readonly IReadOnlyList<RewardIdRules> _rewardIds;
    private readonly FieldViolations _job;

    private SampledPromptRules(PromptLengthRules? lengths, IReadOnlyList<RewardIdRules> rewardIds, FieldViolations job) => (_lengths, _rewardIds, _job) = (lengths, rewardIds, job);

    /// <param name="folders">Those of the job's models that already exist.</param>
    /// <param name="lengths">The job's.</param>
    /// <param name="job">The kind's message.</param>
    /// <param name="cancellationToken">Ends the encoding of prompts.</param>
    public static SampledPromptRules Load(GrpoModelFolders folders, LengthSettings lengths, FieldViolations job, CancellationToken cancellationToken)
    {
        IReadOnlyList<RewardIdRules> rewardIds = [.. folders.RewardModels.Select(model => RewardIdRules.Load(model, job.List, cancellationToken)).OfType<RewardIdRules>()];
        PromptLengthRules? rules = folders.Policy is null || job.HasAny("sampling") ? null : PromptLengthRules.Load(folders.Policy, lengths, job.List, $"{job.Path}.model", cancellationToken);
        return new SampledPromptRules(rules, rewardIds, job);
    }

    /// <summary>Reads the whole source; returns its prompts if its rows are valid.</summary>
    public IReadOnlyList<Prompt>? Check(PromptSourceConfig source, string field, IReadOnlyList<RewardConfig> rewards, FilePolicy files, CancellationToken cancellationToken)
    {
        (ViolationList violations, string place) = (_job.List, $"{_job.Path}.{field}");
        if (PromptRules.Check(source, files, violations, place, cancellationToken) is not { } read)
        {
            return null;
        }

        PromptRules.CheckAnswers(read, rewards, source, violations, place);
        _lengths?.Check(read, violations, place, cancellationToken);
        foreach (RewardIdRules rules in _rewardIds)
        {
            rules.Check(read, violations, cancellationToken);
        }

        return read;
    }
}

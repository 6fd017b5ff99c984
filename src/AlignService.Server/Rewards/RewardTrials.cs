using AlignService.Jobs.Runs;
using AlignService.Jobs.Trials;
using AlignService.Server.Hosting;
using AlignService.Server.Models;
using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Specs.Sizing;
using AlignService.Specs.Trials;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rewards;

/// <summary>Checks trials of rewards as jobs are checked, and has them run.</summary>
internal sealed class RewardTrials(NamedModels models, RunAccess access, HostSettings settings, MachineMemory machine, RewardTrialProcess process)
{
    private const int MaxCompletions = 256;
    private const int MaxBytes = 4_000_000;

    /// <exception cref="AlignException">Something is wrong with the request, or the trial did not end.</exception>
    public async Task<Wire.TryResponse> RunAsync(Wire.TryRequest request, CancellationToken cancellationToken)
    {
        ViolationList violations = new();
        CheckCompletions(request, violations);
        JobSpec? spec = ReadSpec(request.Spec, violations, cancellationToken);
        violations.ThrowIfAny();
        JobSpec located = await LocateAsync(spec!, cancellationToken); // where it is null there is a violation
        CheckMemory(TrialRewards.Of(located));
        Wire.TryRequest checkedRequest = new() { Spec = JobSpecWire.Write(located, withInlineData: false), Completions = { request.Completions } };
        return Wire.TryResponse.Parser.ParseFrom(await process.RunAsync(checkedRequest.ToByteArray(), cancellationToken));
    }

    private static void CheckCompletions(Wire.TryRequest request, ViolationList violations)
    {
        if (request.Completions.Count is 0 or > MaxCompletions)
        {
            violations.Add("completions", $"there are {request.Completions.Count}; give 1 to {MaxCompletions}.", ViolationCode.OutOfRange);
            return;
        }

        long bytes = request.Completions.Sum(one => (long)one.CalculateSize());
        if (bytes > MaxBytes)
        {
            violations.Add("completions", $"they have {bytes} bytes; at most {MaxBytes} are allowed.", ViolationCode.OutOfRange);
            return;
        }

        for (int i = 0; i < request.Completions.Count; i++)
        {
            if (((Prompt)new PromptWire().Read(request.Completions[i].Prompt ?? new Wire.Prompt(), i)).FindFault() is { } fault)
            {
                violations.Add($"completions[{i}].prompt", $"{fault}.");
            }
        }
    }

    /// <summary>What a trial does not read may be wrong.</summary>
    private JobSpec? ReadSpec(Wire.JobSpec? wire, ViolationList violations, CancellationToken cancellationToken)
    {
        ViolationList all = new();
        JobSpec? spec = JobSpecWire.Read(wire, settings.FullData, all);
        if (spec is not null && !TrialRewards.HasAny(spec.Kind))
        {
            violations.Add(JobSpecWire.Path, $"a job of the kind {JobSpecWire.NameOf(spec.Kind)} has no rewards; give one of the kind grpo or evaluation.");
            return null;
        }

        if (spec is not null)
        {
            JobSpecWire.CheckSettings(spec, all);
            FieldViolations job = all.At($"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}");
            IReadOnlyList<RewardConfig> rewards = TrialRewards.Of(spec).Configs;
            RewardConfig.CheckAll(rewards, job, cancellationToken);
            foreach (RemoteRewardConfig reward in rewards.OfType<RemoteRewardConfig>())
            {
                reward.CheckAccess(access.Secrets, access.Network, job.At("rewards", reward.Place).At(RewardKinds.NameOf(reward)));
            }
        }

        foreach (Violation violation in all.Violations.Where(violation => spec is null || violation.Field.Contains(".rewards", StringComparison.Ordinal)))
        {
            violations.Add(violation.Field, violation.Description, violation.Code);
        }

        return spec;
    }

    /// <summary>With every model as its directory.</summary>
    private async Task<JobSpec> LocateAsync(JobSpec spec, CancellationToken cancellationToken)
    {
        string path = $"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}";
        TrialRewards rewards = TrialRewards.Of(spec);
        Dictionary<string, string> directories = [];
        foreach ((string model, string field) in rewards.Configs.Where(reward => reward.ModelDirectory is not null)
            .Select(reward => (reward.ModelDirectory!, $"{path}.rewards[{reward.Place}].{RewardKinds.NameOf(reward)}.model")) // not null by the filter
            .Append((rewards.Model, $"{path}.model")))
        {
            directories[model] = (await models.FindAsync(model, field, cancellationToken)).Directory;
            Check(directories[model], field, isReward: field != $"{path}.model");
        }

        return TrialRewards.WithModels(spec, model => directories[model]);
    }

    private static void Check(string directory, string field, bool isReward)
    {
        try
        {
            if (isReward && !KnownModels.Read(directory).IsClassifier)
            {
                throw new InvalidRequestException(field, "it is not a reward model (an AutoModelForSequenceClassification directory).");
            }

            _ = KnownTokenizers.Load(KnownModels.Read(directory).Directory);
        }
        catch (CheckpointException fault)
        {
            throw new InvalidRequestException(field, fault.Message);
        }
    }

    private void CheckMemory(TrialRewards rewards)
    {
        double bytes = rewards.Configs.Where(reward => reward.ModelDirectory is not null)
            .Sum(reward => KnownModels.CountParameters(reward.ModelDirectory!) * (double)(rewards.FrozenDtype == FrozenDtype.BF16 ? 2 : sizeof(float))); // not null by the filter
        if (bytes > machine.Bytes)
        {
            throw new JobTooLargeException($"the reward models take at least {bytes / (1L << 30):F1} GiB, but this machine has {machine.Bytes / (double)(1L << 30):F1} GiB; set frozen_dtype to bf16, or use smaller ones.");
        }
    }
}

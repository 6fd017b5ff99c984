using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Violations;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using static AlignService.Specs.Violations.ViolationCode;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every check of a spec, through the wire: one change to a valid spec, and the fault or warning that it brings.</summary>
public sealed class ValidationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A change, the field that it must be found at, and the code. The texts are those of <see cref="ViolationTextTests"/>.</summary>
    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Faults { get; } = new()
    {
        { "no kind", spec => spec.ClearKind(), "spec.kind", Missing },
        { "display name", spec => spec.DisplayName = new string('x', 201), "spec.display_name", OutOfRange },
        { "display name's escape", spec => spec.DisplayName = "a\u001b[31m", "spec.display_name", Invalid },
        { "label's line break", spec => spec.Labels.Add("a", "b\n"), "spec.labels", Invalid },
        { "label key", spec => spec.Labels.Add("", "x"), "spec.labels", OutOfRange },
        { "label value", spec => spec.Labels.Add("a", new string('x', 256)), "spec.labels[a]", OutOfRange },
        { "after form", spec => spec.After.Add("job 1"), "spec.after[0]", Invalid },
        { "after unknown", spec => spec.After.Add("jobs/nobody"), "spec.after[0]", NotFound },
        { "restarts", spec => spec.Limits = new JobLimits { MaxRestarts = -1 }, "spec.limits.max_restarts", OutOfRange },
        { "devices", spec => spec.Limits = new JobLimits { Devices = 4 }, "spec.limits.devices", OutOfRange },
        { "duration", spec => spec.Limits = new JobLimits { MaxDuration = new() { Seconds = -1 } }, "spec.limits.max_duration", OutOfRange },

        { "profile", spec => spec.Grpo.Algorithm.Profile = "dr-grpo", "spec.grpo.algorithm.profile", Unknown },
        { "profile far off", spec => spec.Grpo.Algorithm.Profile = "reinforcement", "spec.grpo.algorithm.profile", Unknown },
        { "steps", spec => spec.Grpo.Algorithm.Steps = 0, "spec.grpo.algorithm.steps", OutOfRange },
        { "prompts per step", spec => spec.Grpo.Algorithm.PromptsPerStep = 0, "spec.grpo.algorithm.prompts_per_step", OutOfRange },
        { "group size", spec => spec.Grpo.Algorithm.GroupSize = 1, "spec.grpo.algorithm.group_size", OutOfRange },
        { "rollouts", spec => spec.Grpo.Algorithm.GroupSize = 1_000_000, "spec.grpo.algorithm.group_size", OutOfRange },
        { "epochs", spec => spec.Grpo.Algorithm.Epochs = 0, "spec.grpo.algorithm.epochs", OutOfRange },
        { "minibatches", spec => spec.Grpo.Algorithm.Minibatches = 65, "spec.grpo.algorithm.minibatches", OutOfRange },
        { "micro batch", spec => spec.Grpo.Algorithm.MicroBatchSize = -1, "spec.grpo.algorithm.micro_batch_size", OutOfRange },
        { "epsilon", spec => spec.Grpo.Algorithm.AdvantageEpsilon = double.NaN, "spec.grpo.algorithm.advantage_epsilon", OutOfRange },
        { "clip low", spec => spec.Grpo.Algorithm.ClipLow = 1.5, "spec.grpo.algorithm.clip_low", OutOfRange },
        { "clip high", spec => spec.Grpo.Algorithm.ClipHigh = -0.1, "spec.grpo.algorithm.clip_high", OutOfRange },
        { "ratio cap", spec => spec.Grpo.Algorithm.RatioCap = 1.1, "spec.grpo.algorithm.ratio_cap", OutOfRange },
        { "dual clip", spec => spec.Grpo.Algorithm.DualClip = 1, "spec.grpo.algorithm.dual_clip", OutOfRange },
        { "cispo", spec => spec.Grpo.Algorithm.CispoAbsoluteMax = -5, "spec.grpo.algorithm.cispo_absolute_max", OutOfRange },
        { "kl", spec => spec.Grpo.Algorithm.KlCoefficient = -1, "spec.grpo.algorithm.kl_coefficient", OutOfRange },
        { "entropy", spec => spec.Grpo.Algorithm.EntropyCoefficient = -1, "spec.grpo.algorithm.entropy_coefficient", OutOfRange },
        { "top entropy", spec => spec.Grpo.Algorithm.TopEntropyFraction = 1.2, "spec.grpo.algorithm.top_entropy_fraction", OutOfRange },
        { "sampler cap", spec => spec.Grpo.Algorithm.SamplerCap = 0.5, "spec.grpo.algorithm.sampler_cap", OutOfRange },
        { "adaptive target", spec => spec.Grpo.Algorithm.AdaptiveKl = new AdaptiveKl { Target = 0 }, "spec.grpo.algorithm.adaptive_kl.target", OutOfRange },
        { "adaptive without kl", spec => { spec.Grpo.Algorithm.AdaptiveKl = new AdaptiveKl(); spec.Grpo.Algorithm.KlCoefficient = 0; }, "spec.grpo.algorithm.adaptive_kl", Conflict },
        { "kl stop", spec => spec.Grpo.Algorithm.KlStop = -1, "spec.grpo.algorithm.kl_stop", OutOfRange },
        { "sync steps", spec => spec.Grpo.Algorithm.ReferenceSyncSteps = -1, "spec.grpo.algorithm.reference_sync_steps", OutOfRange },
        { "sync alpha", spec => spec.Grpo.Algorithm.ReferenceSyncAlpha = 0, "spec.grpo.algorithm.reference_sync_alpha", OutOfRange },
        { "rounds", spec => spec.Grpo.Algorithm.MaxSamplingRounds = 0, "spec.grpo.algorithm.max_sampling_rounds", OutOfRange },
        { "overlong cache", spec => spec.Grpo.Algorithm.SoftOverlongCache = 17, "spec.grpo.algorithm.soft_overlong_cache", OutOfRange },

        { "synced bf16 reference", spec => { spec.Grpo.Memory = new MemorySettings { FrozenDtype = FrozenDtype.Bf16 }; spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.memory.frozen_dtype", Conflict },
        { "bf16 natural gradient", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Memory = new MemorySettings { PolicyDtype = PolicyDtype.Bf16 }; }, "spec.grpo.memory.policy_dtype", Conflict },
        { "adapter rank", spec => spec.Grpo.Adapter = new AdapterSettings { Rank = 0 }, "spec.grpo.adapter.rank", OutOfRange },
        { "adapter alpha", spec => spec.Grpo.Adapter = new AdapterSettings { Alpha = 0 }, "spec.grpo.adapter.alpha", OutOfRange },
        { "adapter dropout", spec => spec.Grpo.Adapter = new AdapterSettings { Dropout = 1 }, "spec.grpo.adapter.dropout", OutOfRange },
        { "adapter target", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "q_prj" } }, "spec.grpo.adapter.target_modules", Invalid },
        { "adapter target empty", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "" } }, "spec.grpo.adapter.target_modules[0]", Invalid },
        { "adapter target no layer", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "embed_tokens" } }, "spec.grpo.adapter.target_modules", Invalid },
        { "adapter saved module", spec => spec.Grpo.Adapter = new AdapterSettings { ModulesToSave = { "classifier" } }, "spec.grpo.adapter.modules_to_save", Invalid },
        { "adapter form and directory", spec => spec.Grpo.Adapter = new AdapterSettings { Rank = 4, Directory = "x" }, "spec.grpo.adapter.directory", Conflict },
        { "adapter directory", spec => spec.Grpo.Adapter = new AdapterSettings { Directory = "models/policy" }, "spec.grpo.adapter.directory", Invalid },
        { "adapter checkpoint", spec => spec.Grpo.Adapter = new AdapterSettings { Directory = "jobs/abcd/checkpoints/best" }, "spec.grpo.adapter.directory", NotFound },
        { "adapter in bf16", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.Checkpoint = new CheckpointSettings { SaveDtype = SaveDtype.Bf16 }; }, "spec.grpo.checkpoint.save_dtype", Conflict },
        { "adapter sync", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.algorithm.reference_sync_alpha", Conflict },
        { "adapter sync of another", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.ReferenceModel = "models/policy"; spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.algorithm.reference_sync_steps", Conflict },
        { "trust region without its objective", spec => spec.Grpo.Algorithm.TrustRegion = new TrustRegionSettings(), "spec.grpo.algorithm.trust_region", Conflict },
        { "max kl", spec => SampleSpecs.TrustRegion(spec).MaxKl = 0, "spec.grpo.algorithm.trust_region.max_kl", OutOfRange },
        { "iterations", spec => SampleSpecs.TrustRegion(spec).ConjugateGradientIterations = 0, "spec.grpo.algorithm.trust_region.conjugate_gradient_iterations", OutOfRange },
        { "damping", spec => SampleSpecs.TrustRegion(spec).Damping = -1, "spec.grpo.algorithm.trust_region.damping", OutOfRange },
        { "backtracking", spec => SampleSpecs.TrustRegion(spec).BacktrackFactor = 1, "spec.grpo.algorithm.trust_region.backtrack_factor", OutOfRange },
        { "backtracks", spec => SampleSpecs.TrustRegion(spec).MaxBacktracks = -1, "spec.grpo.algorithm.trust_region.max_backtracks", OutOfRange },
        { "natural epochs", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Epochs = 2; }, "spec.grpo.algorithm.epochs", OutOfRange },
        { "natural minibatches", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Minibatches = 2; }, "spec.grpo.algorithm.minibatches", OutOfRange },
        { "natural top entropy", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.TopEntropyFraction = 0.2; }, "spec.grpo.algorithm.top_entropy_fraction", Conflict },
        { "natural critic", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Advantage = AdvantageKind.Critic; }, "spec.grpo.algorithm.advantage", Conflict },
        { "critic without ppo", spec => spec.Grpo.Critic = new CriticSettings(), "spec.grpo.critic", Conflict },
        { "critic's rate", spec => SampleSpecs.Ppo(spec).LearningRate = -1, "spec.grpo.critic.learning_rate", OutOfRange },
        { "critic's warm-up alone", spec => SampleSpecs.Ppo(spec).WarmupSteps = 2, "spec.grpo.critic.warmup_steps", Conflict },
        { "critic's warm-up long", spec => { spec.Grpo.Algorithm.Steps = 9; SampleSpecs.Ppo(spec).MergeFrom(new CriticSettings { WarmupSteps = 9, LearningRate = 1e-5 }); }, "spec.grpo.critic.warmup_steps", OutOfRange },
        { "lambda", spec => SampleSpecs.Ppo(spec).GaeLambda = 1.1, "spec.grpo.critic.gae_lambda", OutOfRange },
        { "gamma", spec => SampleSpecs.Ppo(spec).Gamma = -0.1, "spec.grpo.critic.gamma", OutOfRange },
        { "value clip", spec => SampleSpecs.Ppo(spec).ValueClip = -1, "spec.grpo.critic.value_clip", OutOfRange },
        { "value coefficient", spec => SampleSpecs.Ppo(spec).ValueCoefficient = 0, "spec.grpo.critic.value_coefficient", OutOfRange },
        { "critic absent", spec => SampleSpecs.Ppo(spec).Model = "models/none", "spec.grpo.critic.model", NotFound },
        { "groups of one that differ", spec => { SampleSpecs.Ppo(spec); spec.Grpo.Algorithm.GroupSize = 1; spec.Grpo.Algorithm.DynamicSampling = true; }, "spec.grpo.algorithm.dynamic_sampling", Conflict },
        { "steps and a kl in the reward", spec => { spec.Grpo.Algorithm.Advantage = AdvantageKind.Process; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", Conflict },
        { "a kl normalised away", spec => { spec.Grpo.Algorithm.Advantage = AdvantageKind.NormalizeThenSum; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", Conflict },

        { "greedy", spec => spec.Grpo.Sampling.Temperature = 0, "spec.grpo.sampling.temperature", OutOfRange },
        { "hot", spec => spec.Grpo.Sampling.Temperature = 2.5, "spec.grpo.sampling.temperature", OutOfRange },
        { "top k", spec => spec.Grpo.Sampling.TopK = 50, "spec.grpo.sampling.top_k", Conflict },
        { "top k negative", spec => spec.Grpo.Sampling.TopK = -1, "spec.grpo.sampling.top_k", OutOfRange },
        { "top p", spec => spec.Grpo.Sampling.TopP = 0.9, "spec.grpo.sampling.top_p", Conflict },
        { "top p zero", spec => spec.Grpo.Sampling.TopP = 0, "spec.grpo.sampling.top_p", OutOfRange },
        { "min p", spec => spec.Grpo.Sampling.MinP = 0.1, "spec.grpo.sampling.min_p", Conflict },
        { "min p one", spec => spec.Grpo.Sampling.MinP = 1, "spec.grpo.sampling.min_p", OutOfRange },
        { "repetition", spec => spec.Grpo.Sampling.RepetitionPenalty = 1.1, "spec.grpo.sampling.repetition_penalty", Conflict },
        { "completion length", spec => spec.Grpo.Sampling.MaxCompletionLength = 0, "spec.grpo.sampling.max_completion_length", OutOfRange },
        { "context", spec => spec.Grpo.Sampling.MaxCompletionLength = 512, "spec.grpo.sampling.max_completion_length", OutOfRange },
        { "prompt length", spec => spec.Grpo.Sampling.MaxPromptLength = 500, "spec.grpo.sampling.max_prompt_length", OutOfRange },
        { "stop string", spec => spec.Grpo.Sampling.StopStrings.Add(""), "spec.grpo.sampling.stop_strings[0]", Invalid },

        { "learning rate", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = 0 }, "spec.grpo.optimizer.learning_rate", OutOfRange },
        { "learning rate infinite", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = double.PositiveInfinity }, "spec.grpo.optimizer.learning_rate", OutOfRange },
        { "beta1", spec => spec.Grpo.Optimizer = new OptimizerSettings { Beta1 = 1 }, "spec.grpo.optimizer.beta1", OutOfRange },
        { "beta2", spec => spec.Grpo.Optimizer = new OptimizerSettings { Beta2 = -0.1 }, "spec.grpo.optimizer.beta2", OutOfRange },
        { "adam epsilon", spec => spec.Grpo.Optimizer = new OptimizerSettings { Epsilon = 0 }, "spec.grpo.optimizer.epsilon", OutOfRange },
        { "weight decay", spec => spec.Grpo.Optimizer = new OptimizerSettings { WeightDecay = -1 }, "spec.grpo.optimizer.weight_decay", OutOfRange },
        { "grad norm", spec => spec.Grpo.Optimizer = new OptimizerSettings { MaxGradNorm = 0 }, "spec.grpo.optimizer.max_grad_norm", OutOfRange },
        { "warm-up", spec => spec.Grpo.Optimizer = new OptimizerSettings { WarmupSteps = -1 }, "spec.grpo.optimizer.warmup_steps", OutOfRange },
        { "evaluation steps", spec => spec.Grpo.Evaluation = new EvaluationSettings { EverySteps = 0 }, "spec.grpo.evaluation.every_steps", OutOfRange },
        { "evaluation samples", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 0 }, "spec.grpo.evaluation.samples_per_prompt", OutOfRange },
        { "evaluation temperature", spec => spec.Grpo.Evaluation = new EvaluationSettings { Temperature = -1 }, "spec.grpo.evaluation.temperature", OutOfRange },
        { "checkpoint steps", spec => spec.Grpo.Checkpoint = new CheckpointSettings { EverySteps = 0 }, "spec.grpo.checkpoint.every_steps", OutOfRange },
        { "checkpoint keep", spec => spec.Grpo.Checkpoint = new CheckpointSettings { Keep = -1 }, "spec.grpo.checkpoint.keep", OutOfRange },

        { "no rewards", spec => spec.Grpo.Rewards.Clear(), "spec.grpo.rewards", Missing },
        { "reward kind", spec => spec.Grpo.Rewards[0].ClearKind(), "spec.grpo.rewards[0].kind", Missing },
        { "reward name", spec => spec.Grpo.Rewards[0].Name = "a/b", "spec.grpo.rewards[0].name", Invalid },
        { "reward name taken", spec => spec.Grpo.Rewards[0].Name = "reward", "spec.grpo.rewards[0].name", Conflict },
        { "reward name of a rate", spec => spec.Grpo.Rewards[0].Name = "pass_at_4", "spec.grpo.rewards[0].name", Conflict },
        { "reward twice", spec => spec.Grpo.Rewards.Add(spec.Grpo.Rewards[0].Clone()), "spec.grpo.rewards[1].name", Conflict },
        { "weight", spec => spec.Grpo.Rewards[0].Weight = double.NaN, "spec.grpo.rewards[0].weight", OutOfRange },
        { "tolerance", spec => spec.Grpo.Rewards[0].NumberMatch.Tolerance = -1, "spec.grpo.rewards[0].number_match.tolerance", OutOfRange },
        { "pattern", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward { Pattern = "(" }, "spec.grpo.rewards[0].regular_expression.pattern", Invalid },
        { "pattern backtracks", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward { Pattern = @"(a)\1" }, "spec.grpo.rewards[0].regular_expression.pattern", Invalid },
        { "pattern empty", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward(), "spec.grpo.rewards[0].regular_expression.pattern", Missing },
        { "process model", spec => spec.Grpo.Rewards[0].ProcessRewardModel = new ProcessRewardModelReward { Model = "models/policy" }, "spec.grpo.rewards[0].process_reward_model.model", Invalid },
        { "script", spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward { Script = "1 +" }, "spec.grpo.rewards[0].java_script.script", Invalid },
        {
            "script steps",
            spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward { Script = "1", SegmentDelimiter = ";", SegmentPerToken = true },
            "spec.grpo.rewards[0].java_script.segment_per_token",
            Conflict
        },
        { "script empty", spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward(), "spec.grpo.rewards[0].java_script.script", Invalid },
        { "length", spec => spec.Grpo.Rewards[0].Length = new LengthReward { MaxTokens = 0 }, "spec.grpo.rewards[0].length.max_tokens", OutOfRange },
        { "choice options", spec => spec.Grpo.Rewards[0].Choice = new ChoiceReward { Options = { "A" } }, "spec.grpo.rewards[0].choice.options", OutOfRange },
        { "choice options twice", spec => spec.Grpo.Rewards[0].Choice = new ChoiceReward { Options = { "yes", "Yes" } }, "spec.grpo.rewards[0].choice.options", Conflict },
        { "schema", spec => spec.Grpo.Rewards[0].Json = new JsonReward { Schema = """{"type": "text"}""" }, "spec.grpo.rewards[0].json.schema", Invalid },
        { "think tag", spec => spec.Grpo.Rewards[0].ThinkFormat = new ThinkFormatReward { Tag = "<think>" }, "spec.grpo.rewards[0].think_format.tag", Invalid },
        { "cosine", spec => spec.Grpo.Rewards[0].CosineLength = new CosineLengthReward { MaxValueCorrect = double.NaN }, "spec.grpo.rewards[0].cosine_length.max_value_correct", OutOfRange },
        { "cosine source", spec => spec.Grpo.Rewards[0].CosineLength = new CosineLengthReward { CorrectSource = "judge" }, "spec.grpo.rewards[0].cosine_length.correct_source", Unknown },
        { "overlong", spec => spec.Grpo.Rewards[0].Overlong = new OverlongReward { MaxTokens = 8, Cache = 9 }, "spec.grpo.rewards[0].overlong.cache", OutOfRange },
        { "repetition n", spec => spec.Grpo.Rewards[0].Repetition = new RepetitionReward { NgramSize = 0 }, "spec.grpo.rewards[0].repetition.ngram_size", OutOfRange },
        { "repetition penalty", spec => spec.Grpo.Rewards[0].Repetition = new RepetitionReward { MaxPenalty = 1 }, "spec.grpo.rewards[0].repetition.max_penalty", OutOfRange },

        { "no model", spec => spec.Grpo.Model = "", "spec.grpo.model", Missing },
        { "model absent", spec => spec.Grpo.Model = "models/none", "spec.grpo.model", NotFound },
        { "checkpoint form", spec => spec.Grpo.Model = "jobs/abcd/checkpoints/newest", "spec.grpo.model", Invalid },
        { "checkpoint's job", spec => spec.Grpo.Model = "jobs/abcd/checkpoints/best", "spec.grpo.model", NotFound },
        { "reference absent", spec => spec.Grpo.ReferenceModel = "models/none", "spec.grpo.reference_model", NotFound },
        { "no prompts", spec => spec.Grpo.Prompts = null, "spec.grpo.prompts", Missing },
        { "both prompts", spec => spec.Grpo.Prompts.File = "x.jsonl", "spec.grpo.prompts", Conflict },
        { "prompt limit", spec => spec.Grpo.Prompts.Limit = -1, "spec.grpo.prompts.limit", OutOfRange },
        { "empty prompt", spec => spec.Grpo.Prompts.Inline.Add(new Prompt()), "spec.grpo.prompts.inline[2]", Invalid },
        { "message role", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Content = "x" } } }, "spec.grpo.prompts.inline[0]", Invalid },
        { "no chat template", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Answer = "4", Messages = { new Message { Role = "user", Content = "x" } } }, "spec.grpo.prompts", Invalid },
        { "tools", spec => spec.Grpo.Prompts.Inline[0].ToolsJson = "[]", "spec.grpo.prompts.inline[0]", Invalid },
        { "a message without content", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "assistant", FieldsJson = "{\"name\": \"x\"}" } } }, "spec.grpo.prompts.inline[0]", Invalid },
        { "a message with its role twice", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "user", Content = "x", FieldsJson = "{\"role\": null}" } } }, "spec.grpo.prompts.inline[0]", Invalid },
        { "further fields are no object", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "user", Content = "x", FieldsJson = "[1]" } } }, "spec.grpo.prompts.inline[0]", Invalid },
        { "tools are no list", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { ToolsJson = "{}", Messages = { new Message { Role = "user", Content = "x" } } }, "spec.grpo.prompts.inline[0]", Invalid },
        { "long prompt", spec => spec.Grpo.Prompts.Inline[1].Text = string.Concat(Enumerable.Repeat("a word ", 400)), "spec.grpo.prompts", Invalid },
        { "no answers", spec => spec.Grpo.Prompts.Inline.ToList().ForEach(prompt => prompt.Answer = ""), "spec.grpo.prompts", Missing },
        { "file elsewhere", spec => spec.Grpo.Prompts = new PromptSource { File = "/etc/passwd" }, "spec.grpo.prompts.file", Invalid },
        { "file that is not there, elsewhere", spec => spec.Grpo.Prompts = new PromptSource { File = "/no/such/file" }, "spec.grpo.prompts.file", Invalid },
        { "device", spec => spec.Grpo.Prompts = new PromptSource { File = "/dev/zero" }, "spec.grpo.prompts.file", Invalid },
        { "no pattern's file", spec => spec.Grpo.Prompts = new PromptSource { File = "none-*.jsonl" }, "spec.grpo.prompts.file", NotFound },
        { "prompt template", spec => spec.Grpo.Prompts.PromptTemplate = "Review: {sentence", "spec.grpo.prompts.prompt_template", Invalid },
        { "template without a field", spec => spec.Grpo.Prompts.PromptTemplate = "{{sentence}}", "spec.grpo.prompts.prompt_template", Invalid },
        { "all held out", spec => spec.Grpo.Prompts.HeldOutFraction = 1, "spec.grpo.prompts.held_out_fraction", OutOfRange },
        { "less than none held out", spec => spec.Grpo.Prompts.HeldOutFraction = -0.1, "spec.grpo.prompts.held_out_fraction", OutOfRange },
        { "held out of two", spec => spec.Grpo.Prompts.HeldOutFraction = 1e-6, "spec.grpo.prompts.held_out_fraction", Invalid },
        { "held out twice", spec => { spec.Grpo.Prompts.HeldOutFraction = 0.5; spec.Grpo.EvaluationPrompts = new() { Inline = { new Prompt { Text = "a", Answer = "1" } } }; }, "spec.grpo.prompts.held_out_fraction", Conflict },
        { "held out of the held-out", spec => spec.Grpo.EvaluationPrompts = new() { HeldOutFraction = 0.5, Inline = { new Prompt { Text = "a", Answer = "1" } } }, "spec.grpo.evaluation_prompts.held_out_fraction", Conflict },
        { "file absent", spec => spec.Grpo.Prompts = new PromptSource { File = "none.jsonl" }, "spec.grpo.prompts.file", NotFound },
        { "guardian patience", spec => spec.Grpo.Guardian = new() { ConstantReward = new() { Patience = 0 } }, "spec.grpo.guardian.constant_reward.patience", OutOfRange },
        { "guardian threshold", spec => spec.Grpo.Guardian = new() { NoLearningSignal = new() { Threshold = 1.5 } }, "spec.grpo.guardian.no_learning_signal.threshold", OutOfRange },
        { "guardian length", spec => spec.Grpo.Guardian = new() { LengthExplosion = new() { Threshold = 0.5 } }, "spec.grpo.guardian.length_explosion.threshold", OutOfRange },
        { "guardian too late", spec => spec.Grpo.Guardian = new() { KlBlowUp = new() { Action = GuardianAction.SkipStep } }, "spec.grpo.guardian.kl_blow_up.action", Conflict },
        { "guardian entropy too late", spec => spec.Grpo.Guardian = new() { EntropyCollapse = new() { Action = GuardianAction.SkipStep } }, "spec.grpo.guardian.entropy_collapse.action", Conflict },
        { "guardian off", spec => spec.Grpo.Guardian = new() { NonFinite = new() { Action = GuardianAction.Off } }, "spec.grpo.guardian.non_finite.action", Conflict },
        { "guardian non-finite threshold", spec => spec.Grpo.Guardian = new() { NonFinite = new() { Threshold = 2 } }, "spec.grpo.guardian.non_finite.threshold", Conflict },
        { "guardian factor", spec => spec.Grpo.Guardian = new() { RollbackLearningRateFactor = 1 }, "spec.grpo.guardian.rollback_learning_rate_factor", OutOfRange },
        { "guardian rollbacks", spec => spec.Grpo.Guardian = new() { MaxRollbacks = 0 }, "spec.grpo.guardian.max_rollbacks", OutOfRange },
        { "pass at", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4, Temperature = 1, PassAt = { 1, 5 } }, "spec.grpo.evaluation.pass_at[1]", OutOfRange },
        { "evaluation size", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new() { SamplesPerPrompt = int.MaxValue, Temperature = 1 }; }, "spec.grpo.evaluation.samples_per_prompt", OutOfRange },
        { "no samples, no second fault", spec => spec.Grpo.Evaluation = new() { SamplesPerPrompt = 0, PassAt = { 1 } }, "spec.grpo.evaluation.samples_per_prompt", OutOfRange },
        { "adapter sync once", spec => { spec.Grpo.Adapter = new(); spec.Grpo.Algorithm.ReferenceSyncSteps = -1; }, "spec.grpo.algorithm.reference_sync_steps", OutOfRange },
        { "pass at twice", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4, Temperature = 1, PassAt = { 2, 2 } }, "spec.grpo.evaluation.pass_at[1]", Conflict },
        { "success source", spec => spec.Grpo.Evaluation = new EvaluationSettings { SuccessSource = "rigt" }, "spec.grpo.evaluation.success_source", Unknown },
        { "stop patience", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new EvaluationSettings { StopPatience = -1 }; }, "spec.grpo.evaluation.stop_patience", OutOfRange },
        { "stop improvement", spec => spec.Grpo.Evaluation = new EvaluationSettings { StopMinImprovement = -1 }, "spec.grpo.evaluation.stop_min_improvement", OutOfRange },
        { "stop without prompts", spec => spec.Grpo.Evaluation = new EvaluationSettings { StopAtScore = 0.9 }, "spec.grpo.evaluation.stop_at_score", Conflict },
        { "evaluation prompts", spec => spec.Grpo.EvaluationPrompts = new PromptSource(), "spec.grpo.evaluation_prompts", Missing },
    };

    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Warnings { get; } = new()
    {
        { "rounded reference", spec => spec.Grpo.Memory = new MemorySettings { FrozenDtype = FrozenDtype.Bf16 }, "spec.grpo.reference_model", Unusual },
        { "learning rate", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = 0.1 }, "spec.grpo.optimizer.learning_rate", Unusual },
        { "warm-up", spec => spec.Grpo.Optimizer = new OptimizerSettings { WarmupSteps = 10 }, "spec.grpo.optimizer.warmup_steps", Unusual },
        { "truncation", spec => { spec.Grpo.Sampling.TopP = 0.9; spec.Grpo.Sampling.AllowTruncatedSampling = true; }, "spec.grpo.sampling.top_p", Unusual },
        { "shuffled", spec => spec.Grpo.Algorithm.ShuffleRewards = true, "spec.grpo.algorithm.shuffle_rewards", Unusual },
        { "zero weight", spec => spec.Grpo.Rewards[0].Weight = 0, "spec.grpo.rewards[0].weight", Unusual },
        { "success without prompts", spec => spec.Grpo.Evaluation = new EvaluationSettings { PassAt = { 1 } }, "spec.grpo.evaluation.pass_at", NoEffect },
        { "guardian without reference", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Guardian = new() { KlBlowUp = new() { Action = GuardianAction.Pause } }; }, "spec.grpo.guardian.kl_blow_up", NoEffect },
        { "two bounds", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.KlStop = 0.02; }, "spec.grpo.algorithm.kl_stop", NoEffect },
        { "no second derivative", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Memory = new MemorySettings { ActivationCheckpointing = true }; }, "spec.grpo.memory.activation_checkpointing", NoEffect },
        { "greedy twice", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4 }, "spec.grpo.evaluation.samples_per_prompt", Unusual },
        { "split's seed", spec => spec.Grpo.Prompts.HeldOutSeed = 3, "spec.grpo.prompts.held_out_seed", NoEffect },
        { "messages as text", spec => spec.Grpo.Prompts.Inline[0].Text = "[{\"role\": \"user\", \"content\": \"2 + 2?\"}]", "spec.grpo.prompts", Unusual },
        { "some answers", spec => spec.Grpo.Prompts.Inline[0].Answer = "", "spec.grpo.prompts", Unusual },
        { "no effect", spec => spec.Grpo.Algorithm.CispoAbsoluteMax = 5, "spec.grpo.algorithm.cispo_absolute_max", NoEffect },
        { "name of the objective", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.DualClip = 3; }, "spec.grpo.algorithm.dual_clip", NoEffect },
        { "epsilon unread", spec => { spec.Grpo.Algorithm.Profile = "dr_grpo"; spec.Grpo.Algorithm.AdvantageEpsilon = 1e-3; }, "spec.grpo.algorithm.advantage_epsilon", NoEffect },
        { "clip unread", spec => { spec.Grpo.Algorithm.Objective = Objective.Sapo; spec.Grpo.Algorithm.ClipHigh = 0.3; }, "spec.grpo.algorithm.clip_high", NoEffect },
        { "level unread", spec => { spec.Grpo.Algorithm.Objective = Objective.Reinforce; spec.Grpo.Algorithm.RatioLevel = RatioLevel.Sequence; }, "spec.grpo.algorithm.ratio_level", NoEffect },
        { "estimator unread", spec => { spec.Grpo.Algorithm.Profile = "ppo"; spec.Grpo.Algorithm.KlEstimator = KlEstimator.K2; }, "spec.grpo.algorithm.kl_estimator", NoEffect },
        { "placement unread", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", NoEffect },
        { "alpha unread", spec => spec.Grpo.Algorithm.ReferenceSyncAlpha = 1, "spec.grpo.algorithm.reference_sync_alpha", NoEffect },
        { "rounds unread", spec => spec.Grpo.Algorithm.MaxSamplingRounds = 2, "spec.grpo.algorithm.max_sampling_rounds", NoEffect },
        { "cap unread", spec => spec.Grpo.Algorithm.SamplerCap = 3, "spec.grpo.algorithm.sampler_cap", NoEffect },
        { "optimizer unread", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Optimizer = new() { LearningRate = 1e-5 }; }, "spec.grpo.optimizer.learning_rate", NoEffect },
        { "reference unread", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.ReferenceModel = "models/policy"; }, "spec.grpo.reference_model", NoEffect },
        { "nothing frozen", spec => { spec.Grpo.Adapter = new(); spec.Grpo.Memory = new() { FrozenDtype = FrozenDtype.Bf16 }; }, "spec.grpo.memory.frozen_dtype", NoEffect },
        { "coefficient unread", spec => SampleSpecs.Ppo(spec).MergeFrom(new CriticSettings { LearningRate = 1e-5, ValueCoefficient = 1 }), "spec.grpo.critic.value_coefficient", NoEffect },
        { "threshold unread", spec => spec.Grpo.Evaluation = new() { SuccessThreshold = 0.5 }, "spec.grpo.evaluation.success_threshold", NoEffect },
        { "best without checkpoint", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new() { StopPatience = 2 }; spec.Grpo.Checkpoint = new() { SaveBest = false }; }, "spec.grpo.checkpoint.every_steps", Unusual },
        { "improvement unread", spec => spec.Grpo.Evaluation = new() { StopMinImprovement = 0.5 }, "spec.grpo.evaluation.stop_min_improvement", NoEffect },
        { "no steps to score", spec => spec.Grpo.Algorithm.Advantage = AdvantageKind.Process, "spec.grpo.algorithm.advantage", Unusual },
        { "guardian threshold without reference", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Guardian = new() { KlBlowUp = new() { Threshold = 2 } }; }, "spec.grpo.guardian.kl_blow_up", NoEffect },
        { "guardian alone", spec => { SampleSpecs.Ppo(spec); spec.Grpo.Guardian = new() { NoLearningSignal = new() { Action = GuardianAction.Pause } }; }, "spec.grpo.guardian.no_learning_signal", NoEffect },
        { "guardian without rollback", spec => spec.Grpo.Guardian = new() { MaxRollbacks = 1 }, "spec.grpo.guardian.max_rollbacks", NoEffect },
        { "dropped", spec => { spec.Grpo.Prompts.Inline[1].Text = string.Concat(Enumerable.Repeat("a word ", 400)); spec.Grpo.Sampling.OverlongPrompts = OverlongPrompts.Drop; }, "spec.grpo.prompts", Unusual },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_with_its_code()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Faults.Select(row => row.Data))
        {
            BadRequest.Types.FieldViolation[] violations = [.. (await RefuseAsync(server, change, what)).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations];
            if (violations is not [var only] || only.Field != field || only.Reason != ViolationTextTests.OnWire(code))
            {
                wrong.Add($"{what}: expected {field} {ViolationTextTests.OnWire(code)} alone, got\n{string.Join('\n', violations.Select(one => $"    {one.Field} {one.Reason}: {one.Description}"))}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_unusual_thing_is_a_warning_and_no_fault()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Warnings.Select(row => row.Data))
        {
            JobSpec spec = SampleSpecs.Valid(server.Folder);
            change(spec);
            CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
            if (!response.Warnings.Any(one => one.Field == field && one.Reason == ViolationTextTests.OnWire(code)))
            {
                wrong.Add($"{what}: expected {field} {ViolationTextTests.OnWire(code)}, got\n{response.Warnings}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task A_valid_spec_has_no_warning()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        Assert.Empty((await server.Jobs.CreateJobAsync(
            new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), ValidateOnly = true }, cancellationToken: Cancel)).Warnings);
    }

    [Fact]
    public async Task Faulty_rows_of_a_file_are_named_and_the_rest_is_counted()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("prompts.jsonl", "{\"prompt\": \"good\", \"answer\": 1}\n" + string.Concat(Enumerable.Range(0, 15).Select(i => $"{{\"question {i}\": 1}}\n")));

        RpcException refused = await RefuseAsync(server, spec => spec.Grpo.Prompts = new PromptSource { File = "prompts.jsonl" }, "rows");

        string[] descriptions = [.. refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(one => one.Description)];
        Assert.Equal(11, descriptions.Length);
        Assert.Contains("line 2", descriptions[0], StringComparison.Ordinal);
        Assert.Contains("question", descriptions[0], StringComparison.Ordinal);
        Assert.Contains("5 more rows", descriptions[10], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_faults_of_rows_are_one()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("prompts.jsonl", "{\"prompt\": \"good\", \"answer\": 1}\n" + string.Concat(Enumerable.Range(0, 15).Select(i => $"{{\"question\": \"{i}\"}}\n")));

        RpcException refused = await RefuseAsync(server, spec => spec.Grpo.Prompts = new PromptSource { File = "prompts.jsonl" }, "rows");

        Assert.Equal(
            "15 lines (2, 3, 4, 5, 6, ...): neither \"prompt\" nor \"messages\" exists (fields: question); name the fields in the prompt source",
            Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Description);
    }

    [Fact]
    public async Task A_fault_names_the_reward_s_own_place_although_one_before_it_has_no_kind()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        RpcException refused = await RefuseAsync(
            server,
            spec =>
            {
                spec.Grpo.Rewards.Insert(0, new RewardSource { Name = "none" });
                spec.Grpo.Rewards[1].Weight = double.NaN;
            },
            "places");

        Assert.Equal(["spec.grpo.rewards[0].kind", "spec.grpo.rewards[1].weight"], refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(one => one.Field));
    }

    [Fact]
    public async Task Fields_that_no_row_has_are_warned_of()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("prompts.jsonl", "{\"prompt\": \"a\", \"solution\": 1, \"level\": 2}\n");
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Rewards[0].Length = new();
        spec.Grpo.Prompts = new() { File = "prompts.jsonl", AnswerField = "solutoin", ToolsField = "functions", TemplateArgumentsField = "arguments", MetadataFields = { "level", "topic" } };

        CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);

        Assert.Equal(["answer_field", "tools_field", "template_arguments_field", "metadata_fields[1]"], response.Warnings.Select(warning => warning.Field["spec.grpo.prompts.".Length..]));
        Assert.Contains("\"solutoin\"", response.Warnings[0].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reward_models_and_policies_are_told_apart()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/scores", 512, "LlamaForSequenceClassification", labels: 1);
        SampleSpecs.WriteModel(server.Folder, "models/moods", 512, "LlamaForSequenceClassification", labels: 3);
        RewardSource Source(string model) => new() { Name = "model", RewardModel = new RewardModelReward { Model = model } };

        Assert.Contains("no scalar head", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(Source("models/policy"))), StringComparison.Ordinal);
        Assert.Contains("has 3 labels", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(Source("models/moods"))), StringComparison.Ordinal);
        Assert.Contains("is a classifier", await DescribeAsync(server, spec => spec.Grpo.Model = "models/scores"), StringComparison.Ordinal);
        RewardSource steps = new() { Name = "steps", ProcessRewardModel = new() { Model = "models/scores", SegmentToken = 2005 } };
        Assert.Contains("highest token id is 2004", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(steps)), StringComparison.Ordinal);
        JobSpec good = SampleSpecs.Valid(server.Folder);
        good.Grpo.Rewards.Add(Source("models/scores"));
        await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = good, ValidateOnly = true }, cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_checkpoint_to_come_needs_after()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string first = await server.CreateAsync(Cancel);

        RpcException refused = await RefuseAsync(server, spec => spec.Grpo.Model = $"{first}/checkpoints/best", "unfinished");
        BadRequest.Types.FieldViolation fault = Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal(("spec.grpo.model", ViolationTextTests.OnWire(NotFound)), (fault.Field, fault.Reason));
        JobSpec chained = SampleSpecs.Valid(server.Folder);
        chained.Grpo.Model = $"{first}/checkpoints/best";
        chained.After.Add(first);
        CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = chained }, cancellationToken: Cancel);

        Assert.Equal($"{first}/checkpoints/best", response.Job.Spec.Grpo.Model);
        Assert.Equal([first], response.Job.Spec.After);
    }

    private static async Task<string> DescribeAsync(TestServer server, Action<JobSpec> change) =>
        Assert.Single((await RefuseAsync(server, change, "change")).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Description;

    private static async Task<RpcException> RefuseAsync(TestServer server, Action<JobSpec> change, string what)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        change(spec);
        try
        {
            await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return refused;
        }

        throw new InvalidOperationException($"{what}: nothing was found wrong.");
    }
}

using System.Globalization;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Inspection;

/// <summary>Finds what is unusual in config.json and generation_config.json.</summary>
internal static class ConfigFindings
{
    /// <summary>Keys of generation_config.json that set how to sample.</summary>
    private static readonly string[] SamplingKeys =
    [
        "do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "repetition_penalty", "no_repeat_ngram_size", "num_beams", "length_penalty",
        "max_length", "max_new_tokens", "min_length", "min_new_tokens", "bad_words_ids", "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "stop_strings",
    ];

    private static readonly string[] DropoutKeys = ["attn_pdrop", "embd_pdrop", "resid_pdrop"];

    internal static void Add(string directory, ModelDescription description, FindingList findings)
    {
        ConfigObject json = ConfigObject.OfFile(Path.Combine(directory, ModelFiles.ConfigFile));
        string generationPath = Path.Combine(directory, ModelFiles.GenerationFile);
        ConfigObject? generation = File.Exists(generationPath) ? ConfigObject.OfFile(generationPath) : null;

        AddArchitecture(json, description, findings);
        AddTokens(generation is not null, description, findings);
        AddPositions(json, description.Config, findings);
        string[] sampling = [.. SamplingKeys.Where(key => generation?.Has(key) == true).Select(key => $"{key} {generation!.Raw(key)}")];
        findings.WarnIf(sampling.Length > 0, "generation_defaults", $"generation_config.json sets {string.Join(", ", sampling)}. These are ignored: a job's sampling settings apply.");
    }

    private static void AddArchitecture(ConfigObject json, ModelDescription description, FindingList findings)
    {
        IReadOnlyList<string> names = json.Has("architectures") ? json.Texts("architectures") : [];
        string expected = description.IsClassifier ? $"{description.Family.ArchitecturePrefix}ForSequenceClassification" : description.Family.LanguageModelArchitecture;
        findings.WarnIf(
            names.Count > 0 && !names.Contains(expected, StringComparer.Ordinal),
            "other_architecture",
            $"architectures is [{string.Join(", ", names)}]; it is read as {expected}, because of model_type {description.Config.ModelType}.");
        string[] dropout = [.. DropoutKeys.Where(key => json.Has(key) && json.Double(key) > 0)];
        findings.WarnIf(dropout.Length > 0, "dropout_not_applied", $"{string.Join(", ", dropout)} above 0: dropout is off, in training too, to keep old and new log-probs comparable.");
        findings.WarnIf(json.Has("auto_map"), "custom_code", "auto_map names Python code of the model; it is never run, and the model is read according to its model_type.");
        if (description.IsClassifier && description.LabelCount != 1)
        {
            findings.Fault("label_count", $"This is a classifier with {description.LabelCount} labels (entries of id2label); a reward model must have exactly 1.");
        }
    }

    private static void AddTokens(bool hasGeneration, ModelDescription description, FindingList findings)
    {
        TransformerConfig config = description.Config;
        if (description.IsClassifier)
        {
            findings.WarnIf(config.PadTokenId is null, "no_pad_token", "There is no pad_token_id: the score is read at the last token of each row.");
            int[] ends = [.. description.ConfigEndTokenIds];
            findings.WarnIf(
                config.PadTokenId is { } pad && ends.Contains(pad),
                "pad_is_end",
                $"The pad token {config.PadTokenId} is also an end token: as in transformers, the score is read before a closing end token, not at it.");
            return;
        }

        findings.WarnIf(!hasGeneration, "no_generation_config", "There is no generation_config.json: the end tokens in config.json are used.");
        IReadOnlyList<int> inConfig = description.ConfigEndTokenIds;
        findings.WarnIf(
            hasGeneration && !inConfig.Order().SequenceEqual(config.EndTokenIds.Order()),
            "end_tokens_differ",
            $"config.json names the end tokens [{string.Join(", ", inConfig)}], generation_config.json [{string.Join(", ", config.EndTokenIds)}]; those in generation_config.json are used.");
        findings.WarnIf(config.EndTokenIds.Count == 0, "no_end_token", "No end token is known: a completion ends only at its length limit or a stop string.");
        findings.WarnIf(
            config.PadTokenId is { } id && config.EndTokenIds.Contains(id),
            "pad_is_end",
            $"The pad token {config.PadTokenId} is also an end token. Training masks by length, so end tokens are learned; tools that mask by id would not train them.");
        int[] outside = [.. config.EndTokenIds.Where(end => end < 0 || end >= config.VocabSize)];
        findings.WarnIf(outside.Length > 0, "end_token_outside", $"The end tokens [{string.Join(", ", outside)}] are outside the vocabulary of {config.VocabSize}: they can never be sampled.");
    }

    private static void AddPositions(ConfigObject json, TransformerConfig config, FindingList findings)
    {
        findings.WarnIf(
            config.LengthBoundary is not null,
            "length_boundary",
            $"Rotary positions differ up to and beyond {config.LengthBoundary} tokens (longrope). A job uses one kind for both sampling and training, chosen by max_prompt_length + max_completion_length.");
        bool hasWindow = config.Layers.Any(layer => layer.SlidingWindow is not null);
        findings.WarnIf(
            !hasWindow && json.Has("sliding_window"),
            "window_not_used",
            $"sliding_window is {json.Raw("sliding_window")}, but no block uses it.");
        double? factor = config.Layers.Select(layer => layer.Rope?.Scaling).OfType<YarnRopeScaling>().Select(yarn => (double?)yarn.Factor).FirstOrDefault();
        findings.WarnIf(
            factor is not null,
            "yarn_in_force",
            string.Create(CultureInfo.InvariantCulture, $"YaRN stretches positions by {factor} at every length, even for short texts, as in transformers; remove it if texts are short."));
    }
}

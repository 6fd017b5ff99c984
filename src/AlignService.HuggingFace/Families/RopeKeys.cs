using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Rotary positions in config.json, in the spelling of transformers 5 (`rope_parameters`) and of transformers 4 (`rope_theta`, `rope_scaling`).</summary>
internal static class RopeKeys
{
    internal const string OriginalLengthKey = "original_max_position_embeddings";

    /// <summary>The one rotary table of a model.</summary>
    internal static RopeConfig Read(ConfigObject config, int headDim, RopeSpelling? spelling = null)
    {
        spelling ??= new RopeSpelling();
        double theta = config.Double(spelling.ThetaKey, spelling.Theta);
        ConfigObject? parameters = config.Object("rope_parameters");
        if (parameters is not null && (config.Has("rope_scaling") || Differs(config, spelling.ThetaKey, parameters, "rope_theta") || Differs(config, spelling.FractionKey, parameters, "partial_rotary_factor")))
        {
            throw new CheckpointException($"config.json has both rope_scaling and rope_parameters, or {spelling.ThetaKey} or {spelling.FractionKey} with a different value than in rope_parameters; keep only rope_parameters.");
        }

        spelling = spelling with { Theta = theta, Fraction = config.Double(spelling.FractionKey, spelling.Fraction) };
        return ReadOptions(parameters ?? config.Object("rope_scaling"), config, headDim, spelling);
    }

    /// <param name="options">An object of rope options, which is read completely; null: none.</param>
    /// <param name="config">config.json, for the context length.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="spelling">Its Theta and Fraction apply where the options have none.</param>
    internal static RopeConfig ReadOptions(ConfigObject? options, ConfigObject config, int headDim, RopeSpelling spelling)
    {
        double theta = spelling.Theta, fraction = spelling.Fraction;
        int? originalLength = spelling.OriginalLengthAtTop && config.Has(OriginalLengthKey) ? config.Size(OriginalLengthKey) : null;
        if (options is null)
        {
            return new RopeConfig { Theta = Positive("rope_theta", theta), RotaryDim = RotaryDim(headDim, fraction, spelling) };
        }

        theta = options.Double("rope_theta", theta);
        fraction = options.Double("partial_rotary_factor", fraction);
        var rope = new RopeConfig { Theta = Positive("rope_theta", theta), RotaryDim = RotaryDim(headDim, fraction, spelling) };
        string type = options.Has("rope_type") ? options.Text("rope_type") : options.Text("type", "default");
        if (options.Text("type", type) is var older && older != type)
        {
            throw new CheckpointException($"config.json: rope_type is {type}, but type, its older name, is {older}; keep only rope_type.");
        }

        int contextLength = config.Size("max_position_embeddings");
        double OriginalLength() => originalLength ?? Positive(OriginalLengthKey, options.Double(OriginalLengthKey, contextLength));
        RopeScaling? scaling = type switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(Positive("factor", options.Double("factor"))),
            "llama3" => Llama3(options, OriginalLength()),
            "yarn" => Yarn(options, OriginalLength()),
            "longrope" => LongRope(options, OriginalLength(), contextLength, rope),
            _ => throw new CheckpointException($"config.json: rope_type {type} is not supported; supported are default, linear, llama3, yarn, longrope."),
        };
        if (originalLength is not null)
        {
            options.Ignore([OriginalLengthKey]);
        }

        options.RefuseUnread();
        return rope with { Scaling = scaling };
    }

    private static bool Differs(ConfigObject config, string key, ConfigObject parameters, string parameter) =>
        config.Has(key) && parameters.Has(parameter) && config.Double(key) != parameters.Double(parameter);

    private static Llama3RopeScaling Llama3(ConfigObject options, double originalLength)
    {
        double low = Positive("low_freq_factor", options.Double("low_freq_factor")), high = Positive("high_freq_factor", options.Double("high_freq_factor"));
        return high > low
            ? new Llama3RopeScaling(Positive("factor", options.Double("factor")), low, high, originalLength)
            : throw new CheckpointException($"config.json: high_freq_factor is {high}; it must be above low_freq_factor, {low}.");
    }

    private static YarnRopeScaling Yarn(ConfigObject options, double originalLength)
    {
        double factor = Positive("factor", options.Double("factor"));
        double attention = options.Double("attention_factor", factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1);
        return new YarnRopeScaling(
            factor,
            Positive("beta_fast", options.Double("beta_fast", 32)),
            Positive("beta_slow", options.Double("beta_slow", 1)),
            Positive("attention_factor", attention),
            originalLength);
    }

    private static LongRopeScaling LongRope(ConfigObject options, double originalLength, int contextLength, RopeConfig rope)
    {
        double stretch = Positive("factor", options.Double("factor", contextLength / originalLength));
        double attention = options.Double("attention_factor", stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(originalLength))));
        return new LongRopeScaling(Divisors("short_factor"), Divisors("long_factor"), Positive("attention_factor", attention), (long)originalLength);

        IReadOnlyList<double> Divisors(string key)
        {
            IReadOnlyList<double> divisors = options.Doubles(key);
            return divisors.Count == rope.RotaryDim / 2 && divisors.All(divisor => divisor > 0)
                ? divisors
                : throw new CheckpointException($"config.json: {key} has {divisors.Count} numbers; it must have {rope.RotaryDim / 2}, all above 0.");
        }
    }

    private static int RotaryDim(int headDim, double fraction, RopeSpelling spelling)
    {
        if (!spelling.MayTurnPart && fraction != 1)
        {
            throw new CheckpointException($"config.json: {spelling.FractionKey} is {fraction}, but this family rotates whole heads and transformers would ignore the key; remove it, or set it to 1.");
        }

        int turned = (int)(headDim * fraction);
        return fraction is > 0 and <= 1 && turned >= 2 && turned % 2 == 0
            ? turned
            : throw new CheckpointException($"config.json: {fraction} of a head of width {headDim} is rotated, which is {turned} elements; it must be an even number of at least 2.");
    }

    private static double Positive(string key, double value) =>
        value > 0 ? value : throw new CheckpointException($"config.json: {key} is {value}; it must be above 0.");
}

/// <summary>How a family spells its rotary positions in the keys of transformers 4, and its values where they are absent.</summary>
internal sealed record RopeSpelling
{
    internal string ThetaKey { get; init; } = "rope_theta";

    internal double Theta { get; init; } = 10000;

    internal string FractionKey { get; init; } = "partial_rotary_factor";

    /// <summary>Fraction of a head that is rotated.</summary>
    internal double Fraction { get; init; } = 1;

    /// <summary>Whether the family can rotate a part of a head; other families ignore the key.</summary>
    internal bool MayTurnPart { get; init; }

    /// <summary>`original_max_position_embeddings` is at the top level of config.json and takes precedence.</summary>
    internal bool OriginalLengthAtTop { get; init; }
}

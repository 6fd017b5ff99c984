using AlignService.Model.Architecture;

namespace AlignService.Model.Checkpoints;

/// <summary>Rotary positions in config.json, in the spelling of transformers 5 (`rope_parameters`) and of transformers 4 (`rope_theta`, `rope_scaling`).</summary>
internal static class RopeKeys
{
    /// <param name="config">config.json.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="defaultTheta">The base where none is given.</param>
    internal static RopeConfig Read(ConfigObject config, int headDim, double defaultTheta = 10000)
    {
        double theta = config.Double("rope_theta", defaultTheta), fraction = config.Double("partial_rotary_factor", 1);
        ConfigObject? parameters = config.Object("rope_parameters"), options = parameters ?? config.Object("rope_scaling");
        if (parameters is not null && (config.Has("rope_scaling") || (config.Has("rope_theta") && parameters.Double("rope_theta", theta) != theta)))
        {
            throw new CheckpointException("config.json has both rope_scaling and rope_parameters, or rope_theta in two values; keep rope_parameters alone.");
        }

        RopeScaling? scaling = null;
        if (options is not null)
        {
            theta = options.Double("rope_theta", theta);
            fraction = options.Double("partial_rotary_factor", fraction);
            scaling = ReadScaling(options, config);
            options.RefuseUnread();
        }

        return new RopeConfig { Theta = Positive("rope_theta", theta), RotaryDim = RotaryDim(headDim, fraction), Scaling = scaling };
    }

    private static RopeScaling? ReadScaling(ConfigObject options, ConfigObject config)
    {
        string type = options.Has("rope_type") ? options.Text("rope_type") : options.Text("type", "default");
        options.Ignore(["type"]);
        switch (type)
        {
            case "default":
                return null;
            case "linear":
                return new LinearRopeScaling(Positive("factor", options.Double("factor")));
            case "llama3":
                var scaling = new Llama3RopeScaling(
                    Positive("factor", options.Double("factor")),
                    Positive("low_freq_factor", options.Double("low_freq_factor")),
                    Positive("high_freq_factor", options.Double("high_freq_factor")),
                    Positive("original_max_position_embeddings", options.Double("original_max_position_embeddings", config.Size("max_position_embeddings"))));
                return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
                    ? scaling
                    : throw new CheckpointException($"config.json: high_freq_factor is {scaling.HighFrequencyFactor}; it must be above low_freq_factor, {scaling.LowFrequencyFactor}.");
            default:
                throw new CheckpointException($"config.json: rope_type {type} is not supported; supported are default, linear, llama3.");
        }
    }

    private static int RotaryDim(int headDim, double fraction)
    {
        int turned = (int)(headDim * fraction);
        return fraction is > 0 and <= 1 && turned >= 2 && turned % 2 == 0
            ? turned
            : throw new CheckpointException($"config.json: {fraction} of a head of width {headDim} turns, which is {turned} elements; it must be an even number of at least 2.");
    }

    private static double Positive(string key, double value) =>
        value > 0 ? value : throw new CheckpointException($"config.json: {key} is {value}; it must be above 0.");
}

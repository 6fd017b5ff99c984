using System.Diagnostics;
using System.Globalization;
using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>Every golden model against the numbers of transformers, and what loading a larger model of its kind takes.</summary>
internal static class ModelFidelity
{
    public const string LoadCommand = "fidelity-load";

    /// <summary>Widths of a golden case times this: tens of millions of parameters, beside which the program's own memory is small.</summary>
    private const int Enlargement = 16;

    private const int MoreTokens = 100;

    /// <summary>A gradient this small says nothing about relative errors.</summary>
    private const double SmallestNorm = 1e-5;

    public static void Run(string folder)
    {
        foreach (string name in GoldenFolder.Cases("models"))
        {
            string directory = GoldenFolder.CaseFolder("models", name);
            GoldenJson golden = GoldenJson.Load(Path.Combine(directory, "golden.json"), name);
            using Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions());
            long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
            (double logits, double logProbs) = Forward(model, golden, rows);
            double gradient = Gradient(model, golden["gradient"], rows);
            (double seconds, double ratio, double parameters) = Load(Enlarged(model.Config, Path.Combine(folder, name)));
            FidelityLine.Write(
                "model", name, ("family", model.Config.ModelType), ("logits_error", logits), ("log_probs_error", logProbs), ("gradient_error", gradient),
                ("loaded_parameters", parameters), ("load_seconds", seconds), ("anonymous_over_weights", ratio));
        }
    }

    /// <summary>A real model, against the golden.json that lies beside it.</summary>
    public static void RunReal(string directory)
    {
        string name = Path.GetFileName(directory);
        double logProbs = 0;
        using (Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions { Trainable = false }))
        {
            foreach (GoldenJson prompt in GoldenJson.Load(Path.Combine(directory, "golden.json"), name)["prompts"].Items)
            {
                using var noGrad = no_grad();
                using var scope = NewDisposeScope();
                long[] ids = [.. prompt.Doubles("input_ids").Select(id => (long)id)];
                logProbs = Math.Max(logProbs, Largest(prompt.Doubles("token_logprobs"), Chosen(Logits(model, ids), ids)));
            }
        }

        (double seconds, double ratio, double parameters) = Load(directory);
        FidelityLine.Write("real_model", name, ("log_probs_error", logProbs), ("loaded_parameters", parameters), ("load_seconds", seconds), ("anonymous_over_weights", ratio));
    }

    /// <summary>In a process of its own: what earlier models left in the allocator would be taken again unseen.</summary>
    public static void LoadOnce(string directory)
    {
        using (Transformer warm = HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", GoldenFolder.Cases("models")[0]), new LoadOptions()))
        {
            using var noGrad = no_grad();
            warm.Hidden(zeros(1, 4, ScalarType.Int64)).Dispose();
        }

        double start = ProcessorTime.Seconds();
        (Transformer model, long peak) = AnonymousMemory.PeakOf(() => HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions()));
        double seconds = ProcessorTime.Seconds() - start;
        double ratio = peak / (double)(model.ParameterCount * sizeof(float));
        long parameters = model.ParameterCount;
        model.Dispose();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {ratio} {parameters}"));
    }

    private static (double Logits, double LogProbs) Forward(Transformer model, GoldenJson golden, long[][] rows)
    {
        using var noGrad = no_grad();
        double logitsError = 0, logProbsError = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            using var scope = NewDisposeScope();
            Tensor logits = Logits(model, rows[i]);
            logitsError = Math.Max(logitsError, Largest(golden["logits_last"].Items[i].AsDoubles(), logits[^1]));
            logProbsError = Math.Max(logProbsError, Largest(golden["token_logprobs"].Items[i].AsDoubles(), Chosen(logits, rows[i])));
        }

        return (logitsError, logProbsError);
    }

    /// <summary>The largest error of a parameter's gradient norm or of its sampled values, over that norm.</summary>
    private static double Gradient(Transformer model, GoldenJson golden, long[][] rows)
    {
        using var scope = NewDisposeScope();
        Tensor total = zeros(1);
        foreach (long[] row in rows)
        {
            Tensor logProbs = nn.functional.log_softmax(model.Logits(model.Hidden(tensor(row[..^1]).unsqueeze(0))).squeeze(0), -1);
            total = total - logProbs.gather(1, tensor(row[1..]).unsqueeze(1)).sum();
        }

        (total / rows.Sum(row => row.Length - 1)).backward();
        double error = 0;
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.NamedParameters())
        {
            Tensor gradient = (parameter.grad ?? zeros_like(parameter)).to(ScalarType.Float64).reshape(-1);
            double norm = golden["norm"].Double(name);
            if (norm < SmallestNorm)
            {
                continue;
            }

            error = Math.Max(error, Math.Abs(gradient.norm().ToDouble() - norm) / norm);
            if (golden["sample"].Has(name))
            {
                double[] sample = golden["sample"].Doubles(name);
                error = Math.Max(error, Largest(sample, gradient.narrow(0, 0, sample.Length)) / norm);
            }
        }

        return error;
    }

    private static Tensor Logits(Transformer model, long[] ids) => model.Logits(model.Hidden(tensor(ids).unsqueeze(0))).squeeze(0).to(ScalarType.Float64); // [T, V]

    private static Tensor Chosen(Tensor logits, long[] ids) =>
        nn.functional.log_softmax(logits, -1).narrow(0, 0, ids.Length - 1).gather(1, tensor(ids[1..]).unsqueeze(1)).squeeze(1);

    private static double Largest(double[] expected, Tensor got) => expected.Zip(got.contiguous().data<double>(), (a, b) => Math.Abs(a - b)).DefaultIfEmpty().Max();

    private static string Enlarged(TransformerConfig config, string directory)
    {
        TransformerConfig large = config with
        {
            VocabSize = config.VocabSize * MoreTokens,
            HiddenSize = config.HiddenSize * Enlargement,
            IntermediateSize = config.IntermediateSize * Enlargement,
            HeadCount = config.HeadCount * Enlargement,
            KeyValueHeadCount = config.KeyValueHeadCount * Enlargement,
            EmbeddingScale = config.EmbeddingScale == 1 ? 1 : Math.Sqrt(config.HiddenSize * Enlargement),
        };
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(large, 1, new LoadOptions { Trainable = false });
        HuggingFaceCheckpoint.Save(model, null, directory, null);
        return directory;
    }

    private static (double Seconds, double Ratio, double Parameters) Load(string directory)
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [LoadCommand, directory]) { RedirectStandardOutput = true })!;
        string[] numbers = child.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        child.WaitForExit();
        return numbers is [string seconds, string ratio, string parameters]
            ? (double.Parse(seconds, CultureInfo.InvariantCulture), double.Parse(ratio, CultureInfo.InvariantCulture), double.Parse(parameters, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"Loading {directory} in a process of its own ended with exit code {child.ExitCode}.");
    }
}

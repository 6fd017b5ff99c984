using System.Text;
using System.Text.Json;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Adapters;

/// <summary>Adapters as PEFT directories: adapter_config.json and adapter_model.safetensors.</summary>
public static class PeftDirectory
{
    internal const string TensorsFile = "adapter_model.safetensors";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether a directory holds an adapter and no model of its own.</summary>
    public static bool IsAdapter(string directory) =>
        File.Exists(Path.Combine(directory, PeftConfig.FileName)) && !File.Exists(Path.Combine(directory, ModelDescription.ConfigFile));

    /// <summary>Checks, by JSON and the header of the tensors alone, that a directory holds an adapter for a model.</summary>
    /// <param name="directory">Where it should be.</param>
    /// <param name="model">The configuration of its base.</param>
    /// <exception cref="CheckpointException">It holds none, or one that <see cref="Load"/> would refuse.</exception>
    public static void Check(string directory, TransformerConfig model)
    {
        if (!File.Exists(Path.Combine(directory, PeftConfig.FileName)))
        {
            throw new CheckpointException($"{directory} has no {PeftConfig.FileName}, so it is no PEFT adapter.");
        }

        AdapterConfig config = PeftConfig.Read(directory).Adapter;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, TensorsFile));
        CheckSizes(file, model, config);
    }

    /// <summary>Reads an adapter for a base model; switch it on by <see cref="Transformer.Adapter"/>.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="model">The base; borrowed.</param>
    /// <param name="trainable">Whether its tensors take gradients.</param>
    /// <exception cref="CheckpointException">The adapter asks for something that is not supported, or does not fit the model: every tensor that is missing, unexpected, of a wrong shape or dtype is listed.</exception>
    public static LowRankAdapter Load(string directory, Transformer model, bool trainable)
    {
        AdapterConfig config = PeftConfig.Read(directory).Adapter;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, TensorsFile));
        CheckSizes(file, model.Config, config);
        LowRankAdapter adapter = LowRankAdapter.Allocate(model, config, trainable);
        try
        {
            Fill(adapter, file);
            RequireSameHead(model, file);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter, in float32, into a directory that holds none yet; every file is on the disk when this returns.</summary>
    /// <param name="adapter">Borrowed.</param>
    /// <param name="model">The configuration of its base.</param>
    /// <param name="baseModel">Where the base is, for who reads the adapter; null: not said.</param>
    /// <param name="directory">Created if absent.</param>
    public static void Save(LowRankAdapter adapter, TransformerConfig model, string? baseModel, string directory)
    {
        Directory.CreateDirectory(directory);
        string json = new PeftConfig(adapter.Config, baseModel).Write(model).ToJsonString(Indented);
        ConfigFiles.WriteThrough(Path.Combine(directory, PeftConfig.FileName), Encoding.UTF8.GetBytes(json + "\n"));
        TensorFile.Write(Path.Combine(directory, TensorsFile), adapter.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)));
    }

    private static void Fill(LowRankAdapter adapter, SafetensorsFile file)
    {
        using var noGrad = no_grad();
        var broken = new List<string>();
        foreach ((string name, Parameter parameter) in adapter.NamedParameters())
        {
            file.ReadInto(file.Tensors[name], parameter);
            if (!WeightLoader.IsFinite(parameter))
            {
                broken.Add(name);
            }
        }

        if (broken.Count > 0)
        {
            throw new CheckpointException($"{TensorsFile}: values that are not finite numbers (NaN or infinity) stand in {string.Join(", ", broken)}.");
        }
    }

    /// <summary>A head with a low-rank update comes with a copy of the base's own, which has to be this base's.</summary>
    private static void RequireSameHead(Transformer model, SafetensorsFile file)
    {
        string name = PeftNames.Base(model.Config.Names.Head);
        if (!file.Tensors.TryGetValue(name, out StoredTensor? stored))
        {
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor copy = empty_like(model.HeadWeight, requires_grad: false);
        file.ReadInto(stored, copy);
        if (copy.ne(model.HeadWeight).any().ToBoolean())
        {
            throw new CheckpointException($"{TensorsFile}: {name} differs from the head of this base, so the adapter was made over another; use that one.");
        }
    }

    /// <summary>Before any memory is taken: a rank in the configuration is only a claim.</summary>
    private static void CheckSizes(SafetensorsFile file, TransformerConfig model, AdapterConfig config)
    {
        Dictionary<string, long[]> expected = Shapes(model, config);
        List<string> faults = [];
        foreach ((string name, long[] shape) in expected)
        {
            if (!file.Tensors.TryGetValue(name, out StoredTensor? stored))
            {
                faults.Add($"{name} is missing");
            }
            else if (!stored.Shape.SequenceEqual(shape))
            {
                faults.Add($"{name} is [{string.Join(", ", stored.Shape)}], {PeftConfig.FileName} and the model ask for [{string.Join(", ", shape)}]");
            }
            else if (!StoredDtypes.HoldsWeights(stored.Dtype))
            {
                faults.Add($"{name} is {StoredDtypes.HeaderName(stored.Dtype)}, supported are F32, BF16 and F16");
            }
        }

        string headCopy = PeftNames.Base(model.Names.Head);
        bool hasHeadCopy = expected.ContainsKey(PeftNames.Down(model.Names.Head)) && file.Tensors.TryGetValue(headCopy, out StoredTensor? copy)
            && StoredDtypes.HoldsWeights(copy.Dtype) && copy.Shape.SequenceEqual([model.VocabSize, model.HiddenSize]);
        faults.AddRange(file.Tensors.Keys.Where(name => !expected.ContainsKey(name) && !(hasHeadCopy && name == headCopy)).Select(name => $"{name} is not expected"));
        if (faults.Count > 0)
        {
            throw new CheckpointException($"The adapter does not fit its configuration and the {model.ModelType} model in {faults.Count} place(s): {string.Join("; ", faults)}.");
        }
    }

    private static Dictionary<string, long[]> Shapes(TransformerConfig model, AdapterConfig config) =>
        AdapterLayout.Of(model, config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
}

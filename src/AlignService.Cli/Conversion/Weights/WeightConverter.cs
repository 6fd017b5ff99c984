using System.Collections;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.TorchFiles;
using AlignService.Model.Native;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace AlignService.Cli.Conversion.Weights;

/// <summary>
/// Converts torch.save files to safetensors, one to one, with the bytes of each number unchanged. Runs in a process of its own: TorchSharp.PyBridge, which reads the numbers,
/// sees a file only after <see cref="TorchFile"/> has understood all of it, and its result is checked against that.
/// </summary>
internal static class WeightConverter
{
    /// <param name="source">Directory of the model, with config.json.</param>
    /// <param name="target">An existing directory without weights.</param>
    /// <returns>What was written, and the names left out.</returns>
    /// <exception cref="CheckpointException">A file is refused or damaged.</exception>
    public static ConvertedWeights Convert(string source, string target)
    {
        bool isTied = HuggingFaceDirectory.ReadConfig(source).Head == HeadKind.Tied;
        TorchWeightFile[] files = [.. TorchCheckpoint.Files(source).Select(file => TorchWeightFile.Describe(source, file.Name, file.Tensors))];

        // Every file is understood; only now does a library touch one.
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        var shards = new List<(string Name, IReadOnlyList<PendingTensor> Tensors)>();
        var leftOut = new List<string>();
        foreach (TorchWeightFile file in files)
        {
            using var scope = NewDisposeScope();
            leftOut.AddRange(isTied ? file.TiedHeads() : []);
            PendingTensor[] tensors = [.. Read(file).Where(tensor => !leftOut.Contains(tensor.Name))];
            string name = SafetensorsWriter.FileName(shards.Count, files.Length);
            SafetensorsWriter.WriteFile(Path.Combine(target, name), tensors);

            // Kept for the index alone, without the numbers.
            shards.Add((name, [.. tensors.Select(tensor => tensor with { Write = _ => { } })]));
        }

        if (files.Length > 1)
        {
            ShardIndex.Write(Path.Combine(target, "model.safetensors.index.json"), shards);
        }

        return new ConvertedWeights(shards.Sum(shard => shard.Tensors.Count), shards.Sum(shard => shard.Tensors.Sum(tensor => tensor.ByteCount)), leftOut);
    }

    private static IEnumerable<PendingTensor> Read(TorchWeightFile file)
    {
        using FileStream stream = File.OpenRead(file.Path);
        Hashtable read = PyTorchUnpickler.UnpickleStateDict(stream, leaveOpen: true);
        if (read.Count != file.Tensors.Count)
        {
            throw new InvalidOperationException($"TorchSharp.PyBridge read {read.Count} of {file.Tensors.Count} tensors.");
        }

        foreach ((string name, TorchTensor expected) in file.Tensors)
        {
            var tensor = (Tensor?)read[name];
            if (tensor is null || !tensor.shape.SequenceEqual(expected.Shape))
            {
                throw new InvalidOperationException($"TorchSharp.PyBridge read {name} as [{string.Join(", ", tensor?.shape ?? [])}]; it is [{string.Join(", ", expected.Shape)}].");
            }

            yield return new PendingTensor(name, expected.Dtype, expected.Shape, target => tensor.WriteBytesToStream(target, 1 << 20));
        }
    }
}

/// <summary>What a conversion of weights wrote.</summary>
/// <param name="TensorCount">Tensors in all files.</param>
/// <param name="ByteCount">Bytes of their numbers.</param>
/// <param name="LeftOut">Names of tensors that are the same as another and so are not written.</param>
internal sealed record ConvertedWeights(int TensorCount, long ByteCount, IReadOnlyList<string> LeftOut);

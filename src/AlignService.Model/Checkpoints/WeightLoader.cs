using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Parameters;
using AlignService.Model.Safetensors;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>Loads the weights of a checkpoint into memory, tensor by tensor.</summary>
internal static class WeightLoader
{
    /// <exception cref="CheckpointException">Lists everything that is missing, unexpected, or of a wrong shape or dtype.</exception>
    internal static ParameterSet Load(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs, LoadOptions options)
    {
        WeightFit.Check(files, specs);
        using var noGrad = no_grad();
        ParameterSet parameters = options.Allocate(specs);
        try
        {
            var broken = new List<string>();
            foreach (ParameterSpec spec in specs)
            {
                files.TryGet(spec.Name, out SafetensorsFile file, out StoredTensor tensor);
                file.ReadInto(tensor, parameters.Exact(spec.Name));
                if (!StoredTensors.IsFinite(parameters.Exact(spec.Name)))
                {
                    broken.Add(spec.Name);
                }
            }

            parameters.TakeMasters();
            return broken.Count == 0 ? parameters : throw new CheckpointException($"There are non-finite weights (NaN or infinity) in: {string.Join(", ", broken)}.");
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }
}

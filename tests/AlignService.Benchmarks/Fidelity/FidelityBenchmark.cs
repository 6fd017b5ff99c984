using System.CommandLine;
using AlignService.Testing;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>How near models, tokenizers and templates come to the reference libraries' numbers, one JSON line a row of docs/fidelity.md.</summary>
internal static class FidelityBenchmark
{
    public static IEnumerable<Command> Commands()
    {
        Option<string[]> parts = new("--parts") { Description = "models, tokenizers, templates; all where left out.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["models", "tokenizers", "templates"] };
        parts.AcceptOnlyFromAmong("models", "tokenizers", "templates");
        Command whole = new("fidelity", "Errors against golden numbers of models, gradients, tokenizers and templates; load time and memory.") { parts };
        whole.SetAction(result => Run(result.GetValue(parts)!));
        yield return whole;

        Argument<string> directory = new("directory"), library = new("library");
        Command load = new(ModelFidelity.LoadCommand, "One load, in this process.") { directory };
        load.Hidden = true;
        load.SetAction(result => ModelFidelity.LoadOnce(result.GetValue(directory)!));
        yield return load;
        Command pass = new(TokenizerFidelity.PassCommand, "One pass, in this process.") { directory, library };
        pass.Hidden = true;
        pass.SetAction(result => TokenizerFidelity.PassOnce(result.GetValue(directory)!, result.GetValue(library)!));
        yield return pass;
    }

    private static void Run(string[] parts)
    {
        if (parts.Contains("models"))
        {
            string folder = Directory.CreateTempSubdirectory("align-fidelity-").FullName;
            try
            {
                ModelFidelity.Run(folder);
                ModelFidelity.RunReal(SharedModels.SmolLm2());
                ModelFidelity.RunReal(SharedModels.Stories260K());
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        if (parts.Contains("tokenizers"))
        {
            TokenizerFidelity.RunGolden();
            TokenizerFidelity.RunSpeed([SharedModels.SmolLm2(), SharedModels.Stories260K(), SharedFolder.Require("tokenizers/qwen3"), SharedFolder.Require("tokenizers/llama2")]);
        }

        if (parts.Contains("templates"))
        {
            TemplateFidelity.Run();
        }
    }
}

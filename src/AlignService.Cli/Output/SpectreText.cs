// `Text` alone is this solution's namespace of tokenizers and chat templates.
global using SpectreText = Spectre.Console.Text;

using AlignService.Architecture.Tests.Solution;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>A family of models is one file and one entry of the list: adding one touches no other, and the forward pass knows none.</summary>
public sealed class ModelFamilyTests
{
    private const string Project = "AlignService.HuggingFace";
    private const string List = "AlignService.HuggingFace.Families.ModelFamilies";

    [Fact]
    public void AFamily_IsKnownToTheListAlone()
    {
        using ModuleDefinition module = BuiltAssembly.Open(Project);
        string[] families = [.. Families(module).Select(type => type.FullName)];
        Assert.True(families.Length >= 11, $"found {families.Length} families");

        foreach (TypeDefinition type in module.Types.Where(type => type.FullName != List))
        {
            string[] others = [.. Instructions(type).Select(TypeOf).OfType<string>().Where(name => families.Contains(name) && name != type.FullName).Distinct()];
            Assert.True(others.Length == 0, $"{type.FullName} uses {string.Join(", ", others)}");
        }
    }

    [Fact]
    public void TheForwardPass_NamesNoFamily()
    {
        using ModuleDefinition module = BuiltAssembly.Open(Project);
        string[] names = [.. Families(module).SelectMany(type => Instructions(type.Properties.Single(property => property.Name == "ModelType").GetMethod)).Select(instruction => instruction.Operand).OfType<string>()];
        Assert.Contains("llama", names);

        using ModuleDefinition model = BuiltAssembly.Open("AlignService.Model");
        foreach (TypeDefinition type in model.Types)
        {
            string[] named = [.. Instructions(type).Select(instruction => instruction.Operand).OfType<string>().Where(names.Contains)];
            Assert.True(named.Length == 0, $"{type.FullName} says {string.Join(", ", named)}");
        }
    }

    private static IEnumerable<TypeDefinition> Families(ModuleDefinition module) =>
        module.Types.Where(type => type.IsClass && type.Interfaces.Any(one => one.InterfaceType.Name == "IModelFamily"));

    private static IEnumerable<Instruction> Instructions(TypeDefinition type) =>
        type.Methods.SelectMany(Instructions).Concat(type.NestedTypes.SelectMany(Instructions));

    private static IEnumerable<Instruction> Instructions(MethodDefinition method) => method.HasBody ? method.Body.Instructions : [];

    /// <summary>The type that an instruction makes, calls or names.</summary>
    private static string? TypeOf(Instruction instruction) => instruction.Operand switch
    {
        MemberReference { DeclaringType: { } declaring } => declaring.FullName,
        TypeReference type => type.FullName,
        _ => null,
    };
}

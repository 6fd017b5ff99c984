using AlignService.Architecture.Tests.Solution;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>What there are several of stands in a list, one entry each: adding one is one file and one entry, and nothing but the list makes it.</summary>
public sealed class RegistryTests
{
    /// <summary>Project, what the things have in common, their list, and how many there are at least.</summary>
    public static TheoryData<string, string, string, int> Registries => new()
    {
        { "AlignService.Training", "AlignService.Training.Advantages.IAdvantageEstimator", "AlignService.Training.Advantages.AdvantageEstimators", 3 },
        { "AlignService.Training", "AlignService.Training.Losses.ITokenObjective", "AlignService.Training.Losses.Objectives", 5 },
        { "AlignService.Training", "AlignService.Training.Guardian.GuardianRule", "AlignService.Training.Guardian.GuardianRules", 7 },
    };

    [Theory]
    [MemberData(nameof(Registries))]
    public void AThing_IsMadeByItsListAlone(string project, string common, string list, int count)
    {
        using ModuleDefinition module = BuiltAssembly.Open(project);
        string[] things = [.. module.Types.Where(type => IsOne(type, common)).Select(type => type.FullName)];
        Assert.True(things.Length >= count, $"found {things.Length} of {common}");

        string[] listed = [.. Instructions(module.GetType(list)).Select(DeclaringTypeOf).OfType<string>()];
        Assert.Empty(things.Except(listed));
        foreach (TypeDefinition type in module.Types.Where(type => type.FullName != list))
        {
            string[] others = [.. Instructions(type).Select(DeclaringTypeOf).OfType<string>().Where(name => things.Contains(name) && name != type.FullName).Distinct()];
            Assert.True(others.Length == 0, $"{type.FullName} uses {string.Join(", ", others)}, which only {list} may");
        }
    }

    private static bool IsOne(TypeDefinition type, string common) =>
        type is { IsClass: true, IsAbstract: false } && (type.BaseType?.FullName == common || type.Interfaces.Any(one => one.InterfaceType.FullName == common));

    private static IEnumerable<Instruction> Instructions(TypeDefinition type) =>
        type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions).Concat(type.NestedTypes.SelectMany(Instructions));

    /// <summary>Of what an instruction makes or calls.</summary>
    private static string? DeclaringTypeOf(Instruction instruction) => instruction.Operand is MemberReference { DeclaringType: { } declaring } ? declaring.FullName : null;
}

using System.Reflection;
using System.Text.RegularExpressions;
using Graft.Hosting;
using Graft.Keras;
using Graft.Lite;
using Graft.Onnx;
using Graft.Reports;
using Graft.Runs;
using Graft.Vision;

namespace Graft.Cli.Tests.Samples;

/// <summary>
/// What is public is what people are shown: a sample or a page names it, or a member of something so named takes it or gives it. Anything else becomes internal, or gets its page and sample.
/// </summary>
public sealed class SurfaceTests
{
    private static readonly Assembly[] Packages = [typeof(Model).Assembly, typeof(ImageClassifier).Assembly, typeof(TrainingReport).Assembly, typeof(RunStore).Assembly, typeof(KerasImporter).Assembly, typeof(LiteImporter).Assembly, typeof(OnnxImporter).Assembly, typeof(IImageClassifier).Assembly];

    [Fact]
    public void EveryPublicTypeIsShownOrReachedFromOneThatIs()
    {
        HashSet<Type> all = [.. Packages.SelectMany(package => package.GetExportedTypes())], reached = [];
        string samples = Text("samples", "*.cs"), pages = $"{Text("docs", "*.md")}\n{File.ReadAllText(Path.Combine(Repository.Root, "README.md"))}";
        HashSet<string> words = [.. Regex.Matches($"{samples}\n{pages}", @"\w+").Select(match => match.Value)], called = [.. Regex.Matches(samples, @"\.(\w+)").Select(match => match.Groups[1].Value)];
        Queue<Type> next = new(all.Where(type => words.Contains(Name(type)) || (IsStatic(type) && Methods(type).Any(method => called.Contains(method.Name)))));
        Assert.True(next.Count > 150, $"Samples and pages name {next.Count} types.");
        while (next.TryDequeue(out Type? type))
        {
            if (!reached.Add(type)) continue;
            foreach (Type used in Used(type).Where(all.Contains)) next.Enqueue(used);
        }

        Assert.Equal([], all.Except(reached).Select(type => type.FullName).Order());
    }

    private static string Text(string folder, string pattern) => string.Join('\n', Directory.GetFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")).Select(File.ReadAllText));

    private static string Name(Type type) => type.Name.Split('`')[0];

    private static bool IsStatic(Type type) => type is { IsAbstract: true, IsSealed: true };

    private static IEnumerable<MethodInfo> Methods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => method.IsPublic || method.IsFamily);

    /// <summary>The types in what a type shows: its base, its interfaces, what its members take and give, and the types within it.</summary>
    private static IEnumerable<Type> Used(Type type) =>
    [
        .. Parts(type.BaseType),
        .. type.GetInterfaces().SelectMany(Parts),
        .. type.GetNestedTypes(),
        .. type.GetFields().SelectMany(field => Parts(field.FieldType)),
        .. type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).SelectMany(parameter => Parts(parameter.ParameterType)),
        .. Methods(type).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)).SelectMany(Parts),
    ];

    private static IEnumerable<Type> Parts(Type? type) => type switch
    {
        null => [],
        { HasElementType: true } => Parts(type.GetElementType()),
        { IsGenericType: true } => [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)],
        _ => [type],
    };
}

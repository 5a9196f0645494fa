using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training.Optimizers;

namespace Graft.Vision.Distillation;

/// <summary>
/// A student and its teachers with outputs of the same names and shapes: what the student's are to become like. The first teacher is matched block by block, where the two have the same blocks, and at
/// their taps; the others, which see other pixels of an image at a place of a map, at the pooled features, and all at class scores. Where the student has no value of the same shape of its own, an
/// adapter, a 1x1 convolution or a dense layer that is trained along and dropped in the end, comes between (Romero et al. 2015, "FitNets", arXiv:1412.6550).
/// </summary>
internal sealed class DistillationGraph
{
    // The tap of a trunk's last map.
    private const string Deepest = "stride32";

    private readonly ImmutableArray<string> own;
    private readonly ImmutableArray<Guide> guides;

    private DistillationGraph(ImmutableArray<Taught> teachers, Graph student, ImmutableArray<string> own, ImmutableArray<Guide> guides) =>
        (Teachers, Student, this.own, this.guides) = (teachers, student, own, guides);

    /// <summary>An output that a teacher and the student both have.</summary>
    /// <param name="Output">Its name; no output of either network's own has such a name.</param>
    /// <param name="Name">What people know it by.</param>
    public sealed record Match(string Output, string Name);

    /// <summary>A teacher with what the student learns of it.</summary>
    /// <param name="Graph">The teacher, with the outputs.</param>
    /// <param name="Matches">The outputs, from the input on.</param>
    public sealed record Taught(Graph Graph, ImmutableArray<Match> Matches)
    {
        /// <summary>The outputs' names.</summary>
        public ImmutableArray<string> Outputs { get; } = [.. Matches.Select(match => match.Output)];

        /// <summary>The output of the pooled features.</summary>
        public string Features { get; } = Matches.First(match => match.Name == ClassifierHead.Features).Output;
    }

    /// <summary>A block's end whose value the first teacher gives the next block.</summary>
    /// <param name="Value">The student's value.</param>
    /// <param name="Input">The input of <see cref="Guided"/> in its place.</param>
    /// <param name="Output">The teacher's output.</param>
    public sealed record Guide(string Value, string Input, string Output);

    /// <summary>The teachers.</summary>
    public ImmutableArray<Taught> Teachers { get; }

    /// <summary>The student, with the outputs and adapters.</summary>
    public Graph Student { get; }

    /// <summary>The names of all teachers' outputs.</summary>
    public ImmutableArray<string> Outputs => [.. Teachers.SelectMany(teacher => teacher.Outputs)];

    /// <summary>Whether the first teacher and the student have the same blocks, so that the teacher's values can take the place of the student's between them.</summary>
    public bool CanGuide => guides.Length > 0;

    /// <summary>Pairs networks.</summary>
    /// <param name="teachers">Networks with an output <c>features</c>.</param>
    /// <param name="student">Another. Its class scores are those of the first teacher that has as many.</param>
    /// <param name="lateOnly">Whether of the first teacher, too, only what comes last is matched: the deepest map and the features. For a student that sees other pixels than its teachers.</param>
    /// <exception cref="GraftException">One of them has no features.</exception>
    public static DistillationGraph Of(IReadOnlyList<Graph> teachers, Graph student, bool lateOnly = false)
    {
        foreach (Graph teacher in teachers) RequireFeatures(teacher, "teacher");
        RequireFeatures(student, "student");
        GraphBuilder learning = new(student);
        FreshNames fresh = new([.. teachers.SelectMany(FreshNames.In), .. FreshNames.In(student)]);
        Graph first = teachers[0];
        ImmutableArray<string> blocks = lateOnly ? [] : [.. BlockEnds(student).Where(value => first.Shapes.TryGetValue(value, out Shape shape) && shape == student.Shapes[value])];
        bool isHeadTaken = false;
        ImmutableArray<Taught> taught = [.. teachers.Select(Teach)];
        Dictionary<string, string> outputs = taught[0].Matches.ToDictionary(match => match.Name, match => match.Output);
        ImmutableArray<Guide> guides = !lateOnly && BlockEnds(student).All(blocks.Contains) ? [.. blocks.Select(value => new Guide(value, fresh.Take($"teacher {value}"), outputs[value]))] : [];
        return new DistillationGraph(taught, learning.Build(), [.. student.Outputs.Select(output => output.Name)], guides);

        Taught Teach(Graph teacher, int number)
        {
            GraphBuilder builder = new(teacher);
            List<Match> matches = [];
            string of = number == 0 ? "" : $"{number + 1} ";
            if (number == 0)
            {
                foreach (string value in blocks) Pair(value, value, value);

                // A tap that is a block's end was paired as such.
                foreach (NetworkOutput output in student.Outputs.Where(o => !blocks.Contains(o.Value) && o.Name != ClassifierHead.Logits && HasOutput(teacher, o.Name) && (!lateOnly || o.Name is Deepest or ClassifierHead.Features))) Pair(output.Name, teacher.Output(output.Name).Value, output.Value);
            }
            else
            {
                Pair(ClassifierHead.Features, teacher.Output(ClassifierHead.Features).Value, student.Output(ClassifierHead.Features).Value, isAdapted: true);
            }

            if (HasOutput(teacher, ClassifierHead.Logits))
            {
                bool isOwn = !isHeadTaken && HasOutput(student, ClassifierHead.Logits) && student.OutputShape(ClassifierHead.Logits) == teacher.OutputShape(ClassifierHead.Logits);
                isHeadTaken |= isOwn;
                Pair(ClassifierHead.Logits, teacher.Output(ClassifierHead.Logits).Value, student.Output(isOwn ? ClassifierHead.Logits : ClassifierHead.Features).Value, isAdapted: !isOwn);
            }

            return new Taught(builder.Build(), [.. matches]);

            void Pair(string name, string theirs, string ours, bool isAdapted = false)
            {
                (Shape wanted, Shape has) = (teacher.Shapes[theirs], student.Shapes[ours]);
                if (wanted.Rank != has.Rank || (wanted.Rank == 4 && (wanted[1] != has[1] || wanted[2] != has[2]))) return;
                Operation adapter = wanted.Rank == 4 ? new Conv2d(wanted[^1], 1) { HasBias = true } : new Dense(wanted[^1]);
                string value = wanted == has && !isAdapted ? ours : learning.Add(fresh.Take($"adapter.{of}{name}"), adapter, ours);
                string output = fresh.Take($"match {of}{name}");
                matches.Add(new Match(output, name));
                builder.Output(output, theirs);
                learning.Output(output, value);
            }
        }
    }

    /// <summary>The student with the first teacher's values as inputs of its blocks.</summary>
    public Graph Guided()
    {
        Dictionary<string, string> given = guides.ToDictionary(guide => guide.Value, guide => guide.Input);
        return new Graph(
            Student.Architecture,
            [.. Student.Inputs, .. guides.Select(guide => Student.AsInput(guide.Value) with { Name = guide.Input })],
            [.. Student.Nodes.Select(node => node.Taking(input => given.GetValueOrDefault(input, input)))],
            Student.Outputs);
    }

    /// <summary>The inputs of <see cref="Guided"/> besides the image, and the first teacher's outputs that they take.</summary>
    public IReadOnlyList<Guide> Guides => guides;

    /// <summary>What is left of a trained student: its own outputs, without adapters.</summary>
    public Network Plain(Network trained) => trained.Truncate(own.AsSpan());

    private static bool HasOutput(Graph graph, string name) => graph.Outputs.Any(output => output.Name == name);

    private static void RequireFeatures(Graph graph, string which)
    {
        if (!HasOutput(graph, ClassifierHead.Features))
            throw new GraftException($"A student learns its teacher's features, and the {which} '{graph.Architecture}' has no output '{ClassifierHead.Features}'.");
    }

    /// <summary>The last value of every numbered block but the head's, if it is a map.</summary>
    private static IEnumerable<string> BlockEnds(Graph graph)
    {
        foreach (LayerBlock block in LayerBlock.Of(graph).Where(block => block.Name.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && block.Name.Contains('.')))
        {
            Node? last = graph.Nodes.LastOrDefault(node => node.Name.StartsWith(block.Name + ".", StringComparison.Ordinal));
            if (last is not null && graph.Shapes[last.Name].Rank == 4) yield return last.Name;
        }
    }
}

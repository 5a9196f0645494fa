using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Distillation;

namespace Graft.Vision.Tests.Distillation;

/// <summary>What of a student is compared with what of its teacher.</summary>
public sealed class DistillationGraphTests
{
    private static Graph Trunk(double width, int side = 64) => MobileNetV2.Trunk(new TrunkOptions { Width = width, Resolution = side });

    [Fact]
    public void NetworksOfOneArchitectureAreMatchedBlockByBlock()
    {
        DistillationGraph pairing = DistillationGraph.Of([Trunk(0.35)], Trunk(0.35));
        Assert.Equal(
            [
                "blocks.0.0.bn2", "blocks.1.0.bn3", "blocks.1.1.add", "blocks.2.0.bn3", "blocks.2.1.add", "blocks.2.2.add", "blocks.3.0.bn3", "blocks.3.1.add", "blocks.3.2.add", "blocks.3.3.add",
                "blocks.4.0.bn3", "blocks.4.1.add", "blocks.4.2.add", "blocks.5.0.bn3", "blocks.5.1.add", "blocks.5.2.add", "blocks.6.0.bn3", "stride32", "features",
            ],
            pairing.Teachers[0].Matches.Select(match => match.Name));
        Assert.True(pairing.CanGuide);
        Assert.DoesNotContain(pairing.Student.Nodes, node => node.Name.StartsWith("adapter.", StringComparison.Ordinal));
        Assert.Equal(Trunk(0.35).Parameters.Keys, pairing.Student.Parameters.Keys);
    }

    [Fact]
    public void OtherWidthsGetAdaptersThatTheStudentLosesAgain()
    {
        DistillationGraph pairing = DistillationGraph.Of([Trunk(1)], Trunk(0.35));
        Assert.Equal(["stride2", "stride4", "stride8", "stride16", "stride32", "features"], pairing.Teachers[0].Matches.Select(match => match.Name));
        Assert.False(pairing.CanGuide);
        Assert.Equal(["adapter.stride2", "adapter.stride4", "adapter.stride8", "adapter.stride16"], pairing.Student.Nodes.Select(n => n.Name).Where(n => n.StartsWith("adapter.", StringComparison.Ordinal)));
        foreach (string name in pairing.Outputs) Assert.Equal(pairing.Teachers[0].Graph.OutputShape(name), pairing.Student.OutputShape(name));
        Network plain = pairing.Plain(Network.Random(pairing.Student, 1));
        Assert.Equal(Trunk(0.35).Parameters.Keys, plain.Weights.Keys.OrderBy(name => plain.Graph.Parameters.Keys.ToList().IndexOf(name)));
        Assert.Equal(Trunk(0.35).Outputs, plain.Graph.Outputs);
    }

    [Fact]
    public void ClassScoresAreMatchedByAStudentsOwnOrThroughAHeadThatItLosesAgain()
    {
        DistillationGraph pairing = DistillationGraph.Of([Trunk(0.35).WithHead(7)], Trunk(0.35).WithHead(7, 0));
        Assert.Equal("logits", pairing.Teachers[0].Matches[^1].Name);
        Assert.DoesNotContain(pairing.Student.Nodes, node => node.Name.StartsWith("adapter.", StringComparison.Ordinal));
        pairing = DistillationGraph.Of([Trunk(0.35).WithHead(7)], Trunk(0.35));
        Assert.Equal(["adapter.logits"], pairing.Student.Nodes.Select(n => n.Name).Where(n => n.StartsWith("adapter.", StringComparison.Ordinal)));
        Assert.Equal(Trunk(0.35).Outputs, pairing.Plain(Network.Random(pairing.Student, 1)).Graph.Outputs);
    }

    [Fact]
    public void OfPixelsThatDifferOnlyWhatComesLastIsMatched()
    {
        DistillationGraph pairing = DistillationGraph.Of([Trunk(0.35).WithHead(7)], Trunk(0.35).WithHead(7, 0), lateOnly: true);
        Assert.Equal(["stride32", "features", "logits"], pairing.Teachers[0].Matches.Select(match => match.Name));
        Assert.False(pairing.CanGuide);
    }

    [Fact]
    public void OfFurtherTeachersFeaturesAndClassScoresAreMatched()
    {
        DistillationGraph pairing = DistillationGraph.Of([Trunk(0.35), Trunk(1).WithHead(7), Trunk(0.5).WithHead(7)], Trunk(0.35).WithHead(7, 0));
        Assert.True(pairing.CanGuide);
        Assert.Equal([19, 2, 2], pairing.Teachers.Select(teacher => teacher.Matches.Length));
        Assert.Equal(["match 2 features", "match 2 logits", "match 3 features", "match 3 logits"], pairing.Outputs[19..]);

        // The first with class scores teaches the student's own head.
        Assert.Equal(["adapter.2 features", "adapter.3 features", "adapter.3 logits"], pairing.Student.Nodes.Select(n => n.Name).Where(n => n.StartsWith("adapter.", StringComparison.Ordinal)));
        Assert.Equal(pairing.Student.Output("logits").Value, pairing.Student.Output("match 2 logits").Value);
        Assert.Equal(Trunk(0.35).WithHead(7, 0).Outputs, pairing.Plain(Network.Random(pairing.Student, 1)).Graph.Outputs);
    }

    /// <summary>What an output of the student's own is called does not matter.</summary>
    [Fact]
    public void NamesOfAStudentsOwnStay()
    {
        Graph trunk = Trunk(0.35);
        GraphBuilder builder = new(trunk);
        builder.Output("match features", trunk.Output("stride32").Value);
        DistillationGraph pairing = DistillationGraph.Of([Trunk(0.35)], builder.Build());
        Assert.Equal("match features_1", pairing.Teachers[0].Features);
        Assert.Equal(builder.Build().Outputs, pairing.Plain(Network.Random(pairing.Student, 1)).Graph.Outputs);
    }

    [Fact]
    public void AGuidedBlockSeesTheTeachersValue()
    {
        Network teacher = Network.Random(Trunk(0.35, 32), 1), student = Network.Random(Trunk(0.35, 32), 2);
        DistillationGraph pairing = DistillationGraph.Of([teacher.Graph], student.Graph);
        Graph guided = pairing.Guided();
        Assert.Equal(["image", .. pairing.Guides.Select(g => g.Input)], guided.Inputs.Select(i => i.Name));
        Node first = guided.Nodes.First(node => node.Name == "blocks.1.0.conv_pw"), shortcut = guided.Nodes.First(node => node.Name == "blocks.1.1.add");
        Assert.Equal(["teacher blocks.0.0.bn2"], first.Inputs);
        Assert.Equal(["blocks.1.1.bn3", "teacher blocks.1.0.bn3"], shortcut.Inputs);

        // A student that is its teacher gives the teacher's values from the teacher's values.
        float[] image = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => MathF.Sin(i))];
        using InferenceSession taught = InferencePlan.Compile(new Network(pairing.Teachers[0].Graph, teacher.Weights), new InferenceOptions { Outputs = pairing.Outputs }).CreateSession();
        taught.Run(image);
        Assert.Equal(1280, taught.Output(pairing.Outputs[^1]).Length);
    }

    [Fact]
    public void ANetworkWithoutFeaturesCannotBeLearnedFrom()
    {
        Graph none = Trunk(0.35).Truncate("stride2", "stride4");
        Assert.Equal(
            "A student learns its teacher's features, and the teacher 'mobilenetv2_035' has no output 'features'.", Assert.Throws<GraftException>(() => DistillationGraph.Of([none], Trunk(0.35))).Message);
        Assert.Equal(
            "A student learns its teacher's features, and the student 'mobilenetv2_035' has no output 'features'.", Assert.Throws<GraftException>(() => DistillationGraph.Of([Trunk(0.35)], none)).Message);
    }
}

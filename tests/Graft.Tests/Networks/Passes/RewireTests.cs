using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;

namespace Graft.Tests.Networks.Passes;

public class RewireTests
{
    [Fact]
    public void WhatTookABypassedNodeTakesWhatItTook()
    {
        GraphBuilder builder = new("test");
        string x = builder.Add("one", new Dropout(0.1f), builder.Add("two", new Dropout(0.1f), builder.Input("x", 4, 4, 3)));
        builder.Add("sum", new Add(), builder.Add("conv", new Conv2d(3, 1), x), x);
        builder.Output("tap", x);
        builder.Output("y", builder.Add("three", new Dropout(0.1f), "sum"));
        Graph graph = builder.Build(), bare = graph.Bypass(node => node.Operation is Dropout);
        Assert.Equal(["conv <- x", "sum <- conv x"], bare.Nodes.Select(node => $"{node.Name} <- {string.Join(' ', node.Inputs)}"));
        Assert.Equal([new NetworkOutput("tap", "x"), new NetworkOutput("y", "sum")], bare.Outputs.AsEnumerable());
        Assert.Equal(
            "Only a node that takes one value can be left out; 'sum' takes 2.",
            Assert.Throws<NetworkException>(() => graph.Bypass(node => node.Name == "sum")).Message);
    }
}

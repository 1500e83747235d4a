// PolicyAuthoring
